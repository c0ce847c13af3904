"""Is this installation fit for tonight? `tenure doctor` asks; it reads everything and changes nothing.

Each module looks at one side of the installation and gives diagnoses: what was looked at, how it is, what to do.
"""

from pipelines.doctor.diagnosis import Diagnosis
from pipelines.doctor.examination import examine

__all__ = ["Diagnosis", "examine"]
