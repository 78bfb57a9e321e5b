"""Measures: scale scores, change that is more than noise, ruptures in a series, and agreement between raters.

Each function says its formula, where it comes from, and a worked example. Nothing here reads a file or knows a notebook.
numpy is loaded when an agreement is computed, and not before; what a card in a lesson needs does without it.
"""

from alliancelab.measures.agreement import Agreement, cohen_kappa, icc, krippendorff_alpha, weighted_kappa
from alliancelab.measures.change import Drop, ReliableChange, Rupture, drop, reliable_change, ruptures
from alliancelab.measures.scoring import Scale, mean_with_missing, subscales

__all__ = [
    "Agreement",
    "Drop",
    "ReliableChange",
    "Rupture",
    "Scale",
    "cohen_kappa",
    "drop",
    "icc",
    "krippendorff_alpha",
    "mean_with_missing",
    "reliable_change",
    "ruptures",
    "subscales",
    "weighted_kappa",
]
