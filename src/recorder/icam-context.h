/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-archive.h"
#include "media/icam-live-hub.h"
#include "recorder/icam-gate.h"
#include "recorder/icam-secrets.h"
#include "recorder/icam-workers.h"

G_BEGIN_DECLS

typedef struct _IcamQuarantine IcamQuarantine; /* icam-quarantine.h */

/* What the recorder's objects share. The service owns it and outlives them all. */
typedef struct
{
  IcamClock *clock;
  IcamArchive *archive;
  IcamLiveHub *hub;
  IcamSecrets *secrets;
  IcamGate *gate; /* of connecting exchanges */
  IcamWorkers *workers;
  IcamQuarantine *quarantine;
} IcamContext;

void icam_context_journal (IcamContext *context,
                           const char  *code,
                           const char  *first_key,
                           ...) G_GNUC_NULL_TERMINATED;

G_END_DECLS
