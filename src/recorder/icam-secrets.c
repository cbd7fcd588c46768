/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-secrets.h"

typedef struct
{
  IcamKeyringState state;
} IcamSecretsPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (IcamSecrets, icam_secrets, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void
icam_secrets_class_init (IcamSecretsClass *klass)
{
  /**
   * IcamSecrets::changed:
   * @self: the secrets
   *
   * The state is another one.
   */
  signals[CHANGED] = g_signal_new ("changed", ICAM_TYPE_SECRETS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
icam_secrets_init (IcamSecrets *self)
{
}

/**
 * icam_secrets_get_state:
 * @self: secrets
 *
 * Returns: whether they can be read now
 */
IcamKeyringState
icam_secrets_get_state (IcamSecrets *self)
{
  IcamSecretsPrivate *priv = icam_secrets_get_instance_private (self);

  return priv->state;
}

/**
 * icam_secrets_get_state_name:
 * @self: secrets
 *
 * Returns: (transfer none): the state as the property KeyringState has it
 */
const char *
icam_secrets_get_state_name (IcamSecrets *self)
{
  static const char *const names[] = { "unknown", "unlocked", "locked", "absent" };

  return names[icam_secrets_get_state (self)];
}

/**
 * icam_secrets_set_state:
 * @self: secrets
 * @state: what the back end found
 *
 * For back ends.
 */
void
icam_secrets_set_state (IcamSecrets     *self,
                        IcamKeyringState state)
{
  IcamSecretsPrivate *priv = icam_secrets_get_instance_private (self);

  if (priv->state == state)
    return;

  priv->state = state;
  g_debug ("The keyring is %s", icam_secrets_get_state_name (self));
  g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * icam_secrets_lookup_async:
 * @self: secrets
 * @device: whose
 * @cancellable: (nullable): to give up
 * @callback: called with the result
 * @user_data: for @callback
 */
void
icam_secrets_lookup_async (IcamSecrets        *self,
                           const IcamUuid     *device,
                           GCancellable       *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, icam_secrets_lookup_async);
  ICAM_SECRETS_GET_CLASS (self)->lookup (self, task, device);
}

/**
 * icam_secrets_lookup_finish:
 * @self: secrets
 * @result: a result
 * @error: return location
 *
 * Returns: (transfer full): the password
 */
IcamSecret *
icam_secrets_lookup_finish (IcamSecrets  *self,
                            GAsyncResult *result,
                            GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * icam_secrets_store_async:
 * @self: secrets
 * @device: whose
 * @label: what a person sees in a keyring manager
 * @secret: the password; replaces an earlier one
 * @cancellable: (nullable): to give up
 * @callback: called with the result
 * @user_data: for @callback
 */
void
icam_secrets_store_async (IcamSecrets        *self,
                          const IcamUuid     *device,
                          const char         *label,
                          IcamSecret         *secret,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, icam_secrets_store_async);
  ICAM_SECRETS_GET_CLASS (self)->store (self, task, device, label, secret);
}

/**
 * icam_secrets_store_finish:
 * @self: secrets
 * @result: a result
 * @error: return location
 *
 * Returns: whether it is stored
 */
gboolean
icam_secrets_store_finish (IcamSecrets  *self,
                           GAsyncResult *result,
                           GError      **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * icam_secrets_erase_async:
 * @self: secrets
 * @device: whose
 * @cancellable: (nullable): to give up
 * @callback: called with the result
 * @user_data: for @callback
 */
void
icam_secrets_erase_async (IcamSecrets        *self,
                          const IcamUuid     *device,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, icam_secrets_erase_async);
  ICAM_SECRETS_GET_CLASS (self)->erase (self, task, device);
}

/**
 * icam_secrets_erase_finish:
 * @self: secrets
 * @result: a result
 * @error: return location
 *
 * Returns: whether there is none any more
 */
gboolean
icam_secrets_erase_finish (IcamSecrets  *self,
                           GAsyncResult *result,
                           GError      **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * icam_secrets_unlock_async:
 * @self: secrets
 * @cancellable: (nullable): to give up
 * @callback: called with the result
 * @user_data: for @callback
 *
 * Asks the person at the desktop, who asked for it.
 */
void
icam_secrets_unlock_async (IcamSecrets        *self,
                           GCancellable       *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, icam_secrets_unlock_async);
  ICAM_SECRETS_GET_CLASS (self)->unlock (self, task);
}

/**
 * icam_secrets_unlock_finish:
 * @self: secrets
 * @result: a result
 * @error: return location
 *
 * Returns: whether they can be read now
 */
gboolean
icam_secrets_unlock_finish (IcamSecrets  *self,
                            GAsyncResult *result,
                            GError      **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
