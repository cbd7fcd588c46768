/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>

#include "base/icam-error.h"
#include "base/icam-types.h"

G_BEGIN_DECLS

/* What GStreamer says about a source, in the recorder's words. */
GError *icam_stream_error_from_message (GstMessage   *message,
                                        const char   *address,
                                        const char   *user,
                                        gboolean      answered,
                                        gboolean      connected,
                                        IcamGapCause *cause);
GError *icam_stream_error_silent       (const char   *address,
                                        gboolean      answered,
                                        IcamGapCause *cause);

G_END_DECLS
