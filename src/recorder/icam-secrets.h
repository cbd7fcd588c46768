/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "base/icam-error.h"
#include "base/icam-secret.h"
#include "base/icam-uuid.h"

G_BEGIN_DECLS

/* The order is that of the names of the property KeyringState. */
typedef enum
{
  ICAM_KEYRING_UNKNOWN,
  ICAM_KEYRING_UNLOCKED,
  ICAM_KEYRING_LOCKED,
  ICAM_KEYRING_ABSENT,
} IcamKeyringState;

/* Promise 4: where passwords are kept, one a device, by its UUID. Base class of the back ends. It never unlocks by itself.
 * Errors: ICAM_ERROR_KEYRING_LOCKED, ICAM_ERROR_KEYRING_ABSENT, ICAM_ERROR_NOT_FOUND. "changed" is emitted when the state
 * is another one. One thread. */
#define ICAM_TYPE_SECRETS (icam_secrets_get_type ())
G_DECLARE_DERIVABLE_TYPE (IcamSecrets, icam_secrets, ICAM, SECRETS, GObject)

struct _IcamSecretsClass
{
  GObjectClass parent_class;

  /* Each begins the work on @task, whose cancellable it honours, and returns in it: lookup an IcamSecret, the others a boolean. */
  void (*lookup) (IcamSecrets    *self,
                  GTask          *task,
                  const IcamUuid *device);
  void (*store)  (IcamSecrets    *self,
                  GTask          *task,
                  const IcamUuid *device,
                  const char     *label,
                  IcamSecret     *secret);
  void (*erase)  (IcamSecrets    *self,
                  GTask          *task,
                  const IcamUuid *device);
  void (*unlock) (IcamSecrets    *self,
                  GTask          *task);
};

IcamKeyringState icam_secrets_get_state     (IcamSecrets         *self);
const char      *icam_secrets_get_state_name (IcamSecrets        *self);
void             icam_secrets_set_state     (IcamSecrets         *self,
                                             IcamKeyringState     state);
void             icam_secrets_lookup_async  (IcamSecrets         *self,
                                             const IcamUuid      *device,
                                             GCancellable        *cancellable,
                                             GAsyncReadyCallback  callback,
                                             gpointer             user_data);
IcamSecret      *icam_secrets_lookup_finish (IcamSecrets         *self,
                                             GAsyncResult        *result,
                                             GError             **error);
void             icam_secrets_store_async   (IcamSecrets         *self,
                                             const IcamUuid      *device,
                                             const char          *label,
                                             IcamSecret          *secret,
                                             GCancellable        *cancellable,
                                             GAsyncReadyCallback  callback,
                                             gpointer             user_data);
gboolean         icam_secrets_store_finish  (IcamSecrets         *self,
                                             GAsyncResult        *result,
                                             GError             **error);
void             icam_secrets_erase_async   (IcamSecrets         *self,
                                             const IcamUuid      *device,
                                             GCancellable        *cancellable,
                                             GAsyncReadyCallback  callback,
                                             gpointer             user_data);
gboolean         icam_secrets_erase_finish  (IcamSecrets         *self,
                                             GAsyncResult        *result,
                                             GError             **error);
void             icam_secrets_unlock_async  (IcamSecrets         *self,
                                             GCancellable        *cancellable,
                                             GAsyncReadyCallback  callback,
                                             gpointer             user_data);
gboolean         icam_secrets_unlock_finish (IcamSecrets         *self,
                                             GAsyncResult        *result,
                                             GError             **error);

G_END_DECLS
