# What one more and one less of the dearest limits is worth, by solving again from
# the last basis: beside the optimum, what a plan is asked for.
import sys

file, limit, gap, solver, count = sys.argv[1:]
infinite = 1e30


class Clp:
    def __init__(self):
        from cylp.cy import CyClpSimplex

        self.s = CyClpSimplex()
        self.s.logLevel = 0
        self.s.readMps(file)

    def limits(self):
        return self.s.constraintsLower, self.s.constraintsUpper

    def solve(self, first=False):
        status = self.s.initialDualSolve() if first else self.s.dual()
        return self.s.objectiveValue if status in (0, "optimal") else None

    def prices(self):
        return self.s.dualConstraintSolution

    def set(self, row, upper):
        self.s.setRowUpper(int(row), float(upper))


class Highs:
    def __init__(self):
        import highspy

        self.h, self.optimal = highspy.Highs(), highspy.HighsModelStatus.kOptimal
        self.h.setOptionValue("output_flag", False)
        self.h.setOptionValue("time_limit", float(limit))
        self.h.readModel(file)

    def limits(self):
        lp = self.h.getLp()
        return lp.row_lower_, lp.row_upper_

    def solve(self, first=False):
        self.h.run()
        return self.h.getInfo().objective_function_value if self.h.getModelStatus() == self.optimal else None

    def prices(self):
        return self.h.getSolution().row_dual

    def set(self, row, upper):
        self.h.changeRowBounds(int(row), -infinite, float(upper))


s = {"clp": Clp, "highs": Highs}[solver]()
lower, upper = (list(x) for x in s.limits())
print("solve", flush=True)
best = s.solve(first=True)
if best is None:
    sys.exit("none")
prices = list(s.prices())
rows = [r for r in range(len(upper)) if lower[r] < -infinite / 10 and 0 < upper[r] < infinite / 10]
rows.sort(key=lambda r: -abs(prices[r]))
for row in rows[: int(count)]:
    for step in (1, -min(1, upper[row])):
        s.set(row, upper[row] + step)
        if s.solve() is None:
            sys.exit("none after a step")
    s.set(row, upper[row])
print("optimum %.12g" % best)
