/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "onvif/icam-onvif-encoder.h"
#include "onvif/icam-soap-private.h"

G_BEGIN_DECLS

IcamEncoder *icam_encoder_read         (xmlNode            *answer,
                                        gboolean            media2,
                                        const char         *profile,
                                        const char         *main_profile,
                                        xmlNode           **configuration,
                                        gboolean           *shared);
void         icam_encoder_read_options (IcamEncoder        *encoder,
                                        xmlNode            *answer,
                                        gboolean            media2);
char        *icam_encoder_write        (const IcamEncoder  *encoder,
                                        xmlNode            *configuration,
                                        gboolean            media2,
                                        const IcamEncoding *to);

G_END_DECLS
