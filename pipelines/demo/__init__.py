"""A simulated staffing and services firm that writes the exports real systems would write.

`write_demo` is the door. The simulation (`company`, `lifecycle`, `revenue`, `billing`, `sales`, `service`, `delivery`,
`voices`, `goals`, put together in `simulate`) is pure and knows no file format; `mess` plants what real exports suffer
from; `writers` turn the world into files. Nothing here knows the warehouse: no metric is computed, none is aimed at.
"""

from pipelines.demo.summary import DemoFile, DemoSummary, Planted
from pipelines.demo.write import write_demo

__all__ = ["DemoFile", "DemoSummary", "Planted", "write_demo"]
