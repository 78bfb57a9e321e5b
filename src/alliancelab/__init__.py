"""AllianceLab: learn the therapeutic alliance.

The package is used through its modules; importing it imports nothing heavy. Where what stands is told in the README.
"""

__version__ = "0.1.0"
