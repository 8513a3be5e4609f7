"""The pages of the inbox: for colleagues, and the public form."""
