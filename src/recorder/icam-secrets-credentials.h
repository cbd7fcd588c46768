/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-secrets.h"

G_BEGIN_DECLS

/* The system service's: a file named by the device's UUID in the folder of systemd credentials (systemd.exec(5), LoadCredential=).
 * Read-only: who administers the machine puts them there. */
#define ICAM_TYPE_SECRETS_CREDENTIALS (icam_secrets_credentials_get_type ())
G_DECLARE_FINAL_TYPE (IcamSecretsCredentials, icam_secrets_credentials, ICAM, SECRETS_CREDENTIALS, IcamSecrets)

IcamSecrets *icam_secrets_credentials_new (const char *folder);

G_END_DECLS
