"""One violation of each kind is planted in a house that is otherwise sound: that one is found.

What is planted is what a bug would leave: an operation that ran where it must not, or an item or a
row that nothing would have written.
"""
