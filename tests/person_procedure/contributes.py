from pathlib import Path

from dangjian.engines.procedures.declaring import procedure_offers

FILE = Path(__file__).parent / "procedure.yaml"
OFFERS = procedure_offers(FILE)
