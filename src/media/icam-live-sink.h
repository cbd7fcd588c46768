/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>

#include "media/icam-live-hub.h"

G_BEGIN_DECLS

#define ICAM_TYPE_LIVE_SINK (icam_live_sink_get_type ())
G_DECLARE_FINAL_TYPE (IcamLiveSink, icam_live_sink, ICAM, LIVE_SINK, GstElement)

G_END_DECLS
