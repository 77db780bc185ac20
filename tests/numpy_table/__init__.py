"""What happens to gradients at each function of NumPy, found out by small programs.

``python -m numpy_table > ../docs/numpy.md``, in this folder's parent, prints the table.
"""
