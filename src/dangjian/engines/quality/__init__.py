"""Data quality: how complete, valid, in agreement and timely the records of each organisation are, month by month.

Records are judged, never people: what apps offer as ``QualityCheck`` is examined every morning, what fails is listed until it is
mended or explained, and the figures of each month stay.
"""
