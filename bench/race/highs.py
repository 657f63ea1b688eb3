import sys

import highspy

solver, limit, file = sys.argv[1:]
h = highspy.Highs()
h.setOptionValue("output_flag", False)
h.setOptionValue("time_limit", float(limit))
if solver != "choose":
    h.setOptionValue("solver", solver)
h.readModel(file)
h.run()
if h.getModelStatus() == highspy.HighsModelStatus.kOptimal:
    print("optimum %.12g" % h.getInfo().objective_function_value)
else:
    print("none:", h.getModelStatus())
