/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "onvif/icam-soap-private.h"

G_BEGIN_DECLS

gboolean icam_onvif_date_read (xmlNode *answer,
                               gint64  *utc);

G_END_DECLS
