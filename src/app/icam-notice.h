/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* The bar under the header that says what is wrong with the whole: recorder, keyring, archive. One thing at a time. */
#define ICAM_TYPE_NOTICE (icam_notice_get_type ())
G_DECLARE_FINAL_TYPE (IcamNotice, icam_notice, ICAM, NOTICE, AdwBin)

void icam_notice_set_client (IcamNotice *self,
                             IcamClient *client);
void icam_notice_update     (IcamNotice *self);

G_END_DECLS
