"""The annual statistics (党内统计年报): tables that are defined as data, counted out of the dated records of daily work.

Which tables there are is said by ``tables/*.yaml`` of the apps, what they count by the ``Population``s that apps offer. This
engine asks both for an organisation and days, shows the figures, what stands behind each, and what does not agree.
"""
