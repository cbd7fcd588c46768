/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "discovery/icam-discovery.h"
#include "recorder/icam-gate.h"

G_BEGIN_DECLS

typedef struct _IcamSighting IcamSighting;

/* It answered as what it says it is, or is a stream, which cannot be asked. */
typedef void (*IcamSightingFunc) (IcamSighting *sighting,
                                  gpointer      user_data);

/* One hit of the discovery, and what asking gave. */
struct _IcamSighting
{
  IcamHit *hit;
  char *address;   /* what to give to Probe; NULL until it is confirmed */
  gboolean onvif;  /* it answered an unauthenticated GetSystemDateAndTime */

  /* The owner's. */
  guint64 number;  /* in the order of appearance */
  gpointer owner;
};

IcamSighting *icam_sighting_new (IcamHit          *hit,
                                 IcamGate         *gate,
                                 IcamSightingFunc  confirmed,
                                 gpointer          user_data);
void          icam_sighting_end (IcamSighting     *self);

G_END_DECLS
