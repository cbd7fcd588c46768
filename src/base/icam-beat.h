/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* A beat that all who keep it share: their sources are due at the same moments, so that the processor is woken once for all of them. */

#include <glib.h>

G_BEGIN_DECLS

GSource *icam_beat_source_new (guint interval_ms);

G_END_DECLS
