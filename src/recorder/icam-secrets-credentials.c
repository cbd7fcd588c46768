/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-secrets-credentials.h"

#include <errno.h>
#include <fcntl.h>

struct _IcamSecretsCredentials
{
  IcamSecrets parent_instance;
  char *folder; /* or NULL */
};

G_DEFINE_FINAL_TYPE (IcamSecretsCredentials, icam_secrets_credentials, ICAM_TYPE_SECRETS)

static void
on_read (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  IcamSecret *secret = icam_secret_read_finish (result, &error);

  if (secret != NULL)
    g_task_return_pointer (task, secret, (GDestroyNotify) icam_secret_unref);
  else
    g_task_return_error (task, error);
}

static void
icam_secrets_credentials_lookup (IcamSecrets    *secrets,
                                 GTask          *task,
                                 const IcamUuid *device)
{
  IcamSecretsCredentials *self = ICAM_SECRETS_CREDENTIALS (secrets);
  char name[ICAM_UUID_TEXT_SIZE];
  g_autofree char *path = NULL;
  int fd;

  if (self->folder == NULL)
    {
      g_task_return_error (task, icam_error_new (ICAM_ERROR_KEYRING_ABSENT, NULL, NULL));
      return;
    }

  icam_uuid_format (device, name);
  path = g_build_filename (self->folder, name, NULL);
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0)
    {
      g_task_return_error (task, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "password", "detail",
                                                 g_strerror (errno), NULL));
      return;
    }

  icam_secret_read_async (fd, g_task_get_cancellable (task), on_read, g_object_ref (task));
}

static void
refuse (GTask *task)
{
  g_task_return_error (task, icam_error_new (ICAM_ERROR_KEYRING_ABSENT, "detail",
                                             "credentials of the service are read-only", NULL));
}

static void
icam_secrets_credentials_store (IcamSecrets    *secrets,
                                GTask          *task,
                                const IcamUuid *device,
                                const char     *label,
                                IcamSecret     *secret)
{
  refuse (task);
}

static void
icam_secrets_credentials_erase (IcamSecrets    *secrets,
                                GTask          *task,
                                const IcamUuid *device)
{
  refuse (task);
}

static void
icam_secrets_credentials_unlock (IcamSecrets *secrets,
                                 GTask       *task)
{
  if (ICAM_SECRETS_CREDENTIALS (secrets)->folder != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, icam_error_new (ICAM_ERROR_KEYRING_ABSENT, NULL, NULL));
}

static void
icam_secrets_credentials_finalize (GObject *object)
{
  g_free (ICAM_SECRETS_CREDENTIALS (object)->folder);
  G_OBJECT_CLASS (icam_secrets_credentials_parent_class)->finalize (object);
}

static void
icam_secrets_credentials_class_init (IcamSecretsCredentialsClass *klass)
{
  IcamSecretsClass *secrets_class = ICAM_SECRETS_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = icam_secrets_credentials_finalize;
  secrets_class->lookup = icam_secrets_credentials_lookup;
  secrets_class->store = icam_secrets_credentials_store;
  secrets_class->erase = icam_secrets_credentials_erase;
  secrets_class->unlock = icam_secrets_credentials_unlock;
}

static void
icam_secrets_credentials_init (IcamSecretsCredentials *self)
{
}

/**
 * icam_secrets_credentials_new:
 * @folder: (nullable): the value of CREDENTIALS_DIRECTORY; without one there are no secrets
 *
 * Returns: (transfer full): the back end
 */
IcamSecrets *
icam_secrets_credentials_new (const char *folder)
{
  IcamSecretsCredentials *self = g_object_new (ICAM_TYPE_SECRETS_CREDENTIALS, NULL);

  self->folder = g_strdup (folder);
  icam_secrets_set_state (ICAM_SECRETS (self), folder != NULL ? ICAM_KEYRING_UNLOCKED : ICAM_KEYRING_ABSENT);
  return ICAM_SECRETS (self);
}
