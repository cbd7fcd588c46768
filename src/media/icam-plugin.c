/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The same elements as a plugin, so that gst-launch and gst-inspect can be pointed at them (GST_PLUGIN_PATH). The programs of the house do not
 * use it. */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-media-private.h"

#define PACKAGE "incamera"

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR,
                   GST_VERSION_MINOR,
                   icam,
                   "In Camera's elements",
                   icam_media_register,
                   ICAM_VERSION,
                   "GPL",
                   ICAM_APP_NAME,
                   ICAM_APP_ID)
