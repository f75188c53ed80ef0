"""Détente and its peers, side by side in one run on one machine; never part of the tests."""
