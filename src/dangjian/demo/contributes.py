"""What the demonstration offers to the house."""

from dangjian.demo import burden, quality, reports, systems
from dangjian.demo.enterprise import load
from dangjian.kernel.offers import BackgroundTask

OFFERS = (BackgroundTask("demo.load", load), reports.STORY, quality.STORY, burden.STORY, systems.STORY)
