# SPDX-License-Identifier: GPL-3.0-or-later
"""What recording and detection cost, beside programs that do the like, in the same run."""
