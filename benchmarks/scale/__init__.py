"""How Tenure's times and memory grow with a company's invoice lines, beside the limit and what people would do else.

`python -m benchmarks.scale` measures, `python -m benchmarks.scale.page` writes the tables of docs/scale.md.
"""
