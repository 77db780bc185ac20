"""The demo: ``python -m zygcore.demo``.

Each part is one module, to be read as an example of how zygcore is used:

* `seeds`: small programs whose gradients are known by heart;
* `trebuchet`: a simulation, stepped in a Python loop, aimed by its gradient;
* `digits`: a neural network in plain NumPy, trained on handwritten digits;
* `thirdparty`: gradients through SciPy and the standard library.

A part has one function ``run(step, ...)``.  It calls ``step(done, total)`` as
it gets on and returns a `checks.Report`.  No part prints; `__main__` does.
"""
