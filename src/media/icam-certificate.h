/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A camera's certificate is made by itself: who it is, is told by its fingerprint, not by an authority. */
char    *icam_certificate_fingerprint (GTlsCertificate *certificate);
gboolean icam_certificate_accept      (GTlsConnection       *connection,
                                       GTlsCertificate      *certificate,
                                       GTlsCertificateFlags  errors,
                                       gpointer              user_data);

G_END_DECLS
