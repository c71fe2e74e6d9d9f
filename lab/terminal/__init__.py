"""A terminal session on a throw-away cluster: the lines that a simulated host answers, answered by the real tools.

    reading      a line as the host's own shell parser reads it, its words expanded; what is no plain command is refused
    allowed      which tools, which of their options, and what each option's value may be: a table
    arguments    a command's words written anew by that table
    sql, meta    what may be said to a server, and to psql
    configs      what may stand in the files that a server reads when it starts
    ground       the folder of a run and its world: the fixture of the host, made once and copied
    performing   no shell: redirections, pipes and && are the lab's own
    comparing    both answers in one form, and the first difference

What is not known to be safe raises lab.NotHere: an unknown, never a failure and never a success.
"""
