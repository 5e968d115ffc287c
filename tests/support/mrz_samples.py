"""MRZs of the published specimens, one for each format."""

from tests.support.readings import passport

ICAO = ("TD1", "TD2", "TD3", "MRV-A", "MRV-B")
PASSPORT = passport()
TD1 = (
    "I<QUAQX71820357<<<<<<<<<<<<<<<",
    "9004122F3309149QUA<<<<<<<<<<<4",
    "MERIDIAN<<LOUISE<ANN<<<<<<<<<<",
)
TD2 = ("I<QUAMERIDIAN<<LOUISE<ANN<<<<<<<<<<<", "QX71820357QUA9004122F3309149<<<<<<<4")
VISA = (
    "V<QUAMERIDIAN<<LOUISE<ANN<<<<<<<<<<<<<<<<<<<",
    "QX71820357QUA9004122F3309149<<<<<<<<<<<<<<<<",
)
