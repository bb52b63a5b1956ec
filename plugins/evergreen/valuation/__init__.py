"""Customer value: purchase and spend models, fitted by maximum likelihood. Arrays in, arrays out.

Purchase histories are (frequency x, recency t_x, age T): repeat occasions, time from the first to the last
occasion, time from the first occasion to now; all times in one unit, which the caller chooses and keeps.

Imported inside the task that values customers, never at start-up: its modules import scipy.
"""
