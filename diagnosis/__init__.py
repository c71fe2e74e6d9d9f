"""'Find by error message': a pasted message or a whole log → causes, consequences, remedies and who shows them.

Pure like the model: text goes in, a Diagnosis comes out. `prose/*.toml` holds one entry a message (or a belief).
"""
