import sys

import highspy

file, limit, gap, solver = sys.argv[1:]
h = highspy.Highs()
h.setOptionValue("output_flag", False)
h.setOptionValue("time_limit", float(limit))
h.setOptionValue("mip_rel_gap", float(gap))
h.readModel(file)
whole = any(kind != highspy.HighsVarType.kContinuous for kind in h.getLp().integrality_)
if solver != "choose":
    h.setOptionValue("mip_lp_solver" if whole else "solver", solver)
print("solve", flush=True)
h.run()
info = h.getInfo()
if whole and info.primal_solution_status == 2:
    print("optimum %.12g" % info.objective_function_value)
    print("bound %.12g" % info.mip_dual_bound)
elif not whole and h.getModelStatus() == highspy.HighsModelStatus.kOptimal:
    print("optimum %.12g" % info.objective_function_value)
else:
    print("none:", h.getModelStatus())
