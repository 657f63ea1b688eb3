import sys

from ortools.linear_solver.python import model_builder

file, limit, gap, solver = sys.argv[1:]
model = model_builder.ModelBuilder()
if not model.import_from_mps_file(file):
    sys.exit("cannot read " + file)
s = model_builder.ModelSolver(solver)
s.set_time_limit_in_seconds(float(limit))
if solver == "PDLP":
    s.set_solver_specific_parameters("num_threads: 2")
print("solve", flush=True)
status = s.solve(model)
if status == model_builder.SolveStatus.OPTIMAL:
    print("optimum %.12g" % s.objective_value)
else:
    print("none:", status)
