/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-archive.h"

G_BEGIN_DECLS

/* Promise 1: who answers. Pure functions over what a device offered when it was added and what it offers now. */
IcamIdentity icam_identity_compare  (const IcamEvidence *expected,
                                     const IcamEvidence *found);
gboolean     icam_evidence_is_usable (const IcamEvidence *evidence);
gboolean     icam_evidence_complete (IcamEvidence       *evidence,
                                     const IcamEvidence *found);
char        *icam_evidence_describe (const IcamEvidence *evidence);
void         icam_evidence_copy     (const IcamEvidence *from,
                                     IcamEvidence       *to);
void         icam_evidence_clear    (IcamEvidence       *evidence);

G_END_DECLS
