/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-base"

#include "config.h"

#include "base/icam-error.h"

#define PREFIX ICAM_RECORDER_NAME ".Error."

/* In the order of IcamError. */
static const GDBusErrorEntry entries[ICAM_N_ERRORS] = {
  { ICAM_ERROR_FAILED, PREFIX "Failed" },
  { ICAM_ERROR_INVALID_ARGUMENT, PREFIX "InvalidArgument" },
  { ICAM_ERROR_NOT_FOUND, PREFIX "NotFound" },
  { ICAM_ERROR_ACCESS_DENIED, PREFIX "AccessDenied" },
  { ICAM_ERROR_UNREACHABLE, PREFIX "Unreachable" },
  { ICAM_ERROR_TIMED_OUT, PREFIX "TimedOut" },
  { ICAM_ERROR_WRONG_PASSWORD, PREFIX "WrongPassword" },
  { ICAM_ERROR_PASSWORD_NEEDED, PREFIX "PasswordNeeded" },
  { ICAM_ERROR_NOT_A_CAMERA, PREFIX "NotACamera" },
  { ICAM_ERROR_BAD_ANSWER, PREFIX "BadAnswer" },
  { ICAM_ERROR_NO_STREAM, PREFIX "NoStream" },
  { ICAM_ERROR_CODEC_UNSUPPORTED, PREFIX "CodecUnsupported" },
  { ICAM_ERROR_ALREADY_ADDED, PREFIX "AlreadyAdded" },
  { ICAM_ERROR_OTHER_DEVICE, PREFIX "OtherDevice" },
  { ICAM_ERROR_STREAM_SILENT, PREFIX "StreamSilent" },
  { ICAM_ERROR_KEYRING_LOCKED, PREFIX "KeyringLocked" },
  { ICAM_ERROR_KEYRING_ABSENT, PREFIX "KeyringAbsent" },
  { ICAM_ERROR_ARCHIVE_NOT_WRITABLE, PREFIX "ArchiveNotWritable" },
  { ICAM_ERROR_ARCHIVE_MISSING, PREFIX "ArchiveMissing" },
  { ICAM_ERROR_ARCHIVE_WRONG, PREFIX "ArchiveWrong" },
  { ICAM_ERROR_ARCHIVE_FULL, PREFIX "ArchiveFull" },
  { ICAM_ERROR_ARCHIVE_LOCKED, PREFIX "ArchiveLocked" },
  { ICAM_ERROR_DATABASE, PREFIX "Database" },
  { ICAM_ERROR_NO_AVAHI, PREFIX "NoAvahi" },
  { ICAM_ERROR_NO_RECORDING, PREFIX "NoRecording" },
  { ICAM_ERROR_CANCELLED, PREFIX "Cancelled" },
  { ICAM_ERROR_BUSY, PREFIX "Busy" },
  { ICAM_ERROR_CERTIFICATE_CHANGED, PREFIX "CertificateChanged" },
  { ICAM_ERROR_ARCHIVE_HUNG, PREFIX "ArchiveHung" },
  { ICAM_ERROR_OTHER_HOST, PREFIX "OtherHost" },
  { ICAM_ERROR_NOT_PERMITTED, PREFIX "NotPermitted" },
  { ICAM_ERROR_NOT_SUPPORTED, PREFIX "NotSupported" },
  { ICAM_ERROR_OUT_OF_RANGE, PREFIX "OutOfRange" },
  { ICAM_ERROR_REFUSED, PREFIX "Refused" },
  { ICAM_ERROR_NO_SPACE, PREFIX "NoSpace" },
};

/**
 * icam_error_quark:
 *
 * Returns: the domain, registered with GDBus so that codes cross the bus
 */
GQuark
icam_error_quark (void)
{
  static gsize quark;

  g_dbus_error_register_error_domain ("icam-error-quark", &quark, entries, ICAM_N_ERRORS);
  return (GQuark) quark;
}

static GError *
new_valist (IcamError   code,
            const char *first_key,
            va_list     args)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) params = NULL;
  g_autofree char *text = NULL;

  for (const char *key = first_key; key != NULL; key = va_arg (args, const char *))
    {
      const char *value = va_arg (args, const char *);

      /* What came from the network may not be UTF-8, and a D-Bus string must be. */
      if (value != NULL)
        {
          g_autofree char *valid = g_utf8_make_valid (value, -1);

          g_variant_dict_insert (&dict, key, "s", valid);
        }
    }

  params = g_variant_ref_sink (g_variant_dict_end (&dict));
  text = g_variant_print (params, FALSE);
  return g_error_new_literal (ICAM_ERROR, (int) code, text);
}

/**
 * icam_error_new:
 * @code: what happened
 * @first_key: (nullable): name of the first parameter
 * @...: its value, a string (NULL: left out), then more pairs, then %NULL
 *
 * Returns: (transfer full): the error
 */
GError *
icam_error_new (IcamError   code,
                const char *first_key,
                ...)
{
  va_list args;
  GError *error;

  va_start (args, first_key);
  error = new_valist (code, first_key, args);
  va_end (args);

  return error;
}

/**
 * icam_error_set:
 * @error: (nullable): return location
 * @code: what happened
 * @first_key: (nullable): name of the first parameter
 * @...: its value, a string, then more pairs, then %NULL
 */
void
icam_error_set (GError   **error,
                IcamError  code,
                const char *first_key,
                ...)
{
  va_list args;

  if (error == NULL)
    return;

  va_start (args, first_key);
  g_propagate_error (error, new_valist (code, first_key, args));
  va_end (args);
}

/**
 * icam_error_code_name:
 * @code: a code
 *
 * Returns: (transfer none): its frozen name, for example "WrongPassword"
 */
const char *
icam_error_code_name (IcamError code)
{
  g_return_val_if_fail ((guint) code < ICAM_N_ERRORS, "Failed");

  return entries[code].dbus_error_name + sizeof PREFIX - 1;
}

/**
 * icam_error_from_name:
 * @name: (nullable): a frozen name
 * @code: (out): its code; untouched when there is none of that name
 *
 * Returns: whether there is a code of that name
 */
gboolean
icam_error_from_name (const char *name,
                      IcamError  *code)
{
  for (guint i = 0; i < ICAM_N_ERRORS; i++)
    if (g_strcmp0 (name, icam_error_code_name ((IcamError) i)) == 0)
      {
        *code = (IcamError) i;
        return TRUE;
      }

  return FALSE;
}

/**
 * icam_error_get_params:
 * @error: an error of any domain
 *
 * Returns: (transfer full): a{sv}, the parameters; for an error of another domain, its message as "detail"
 */
GVariant *
icam_error_get_params (const GError *error)
{
  GVariant *params = NULL;
  g_autofree char *message = NULL;

  g_return_val_if_fail (error != NULL, NULL);

  message = g_strdup (error->message);
  if (error->domain == ICAM_ERROR)
    {
      /* GDBus puts "GDBus.Error:name: " before what crossed the bus. */
      const char *text = g_str_has_prefix (message, "GDBus.Error:") ? strchr (message, '{') : message;

      if (text != NULL)
        params = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);
    }

  if (params == NULL)
    {
      GVariantDict dict = G_VARIANT_DICT_INIT (NULL);
      g_autofree char *valid = g_utf8_make_valid (error->message, -1);

      g_variant_dict_insert (&dict, "detail", "s", valid);
      params = g_variant_ref_sink (g_variant_dict_end (&dict));
    }

  return params;
}

/**
 * icam_error_to_variant:
 * @error: (nullable): an error
 *
 * Returns: (transfer floating): (sa{sv}), the code's name and parameters; ("", {}) for none. For properties.
 */
GVariant *
icam_error_to_variant (const GError *error)
{
  g_autoptr (GVariant) params = NULL;
  IcamError code = ICAM_ERROR_FAILED;

  if (error == NULL)
    return g_variant_new ("(s@a{sv})", "", g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));

  if (error->domain == ICAM_ERROR)
    code = (IcamError) error->code;
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    code = ICAM_ERROR_CANCELLED;

  params = icam_error_get_params (error);
  return g_variant_new ("(s@a{sv})", icam_error_code_name (code), params);
}

/**
 * icam_error_from_variant:
 * @variant: (sa{sv}) as made by icam_error_to_variant()
 *
 * Returns: (transfer full) (nullable): the error, or %NULL when it says that there is none
 */
GError *
icam_error_from_variant (GVariant *variant)
{
  const char *name;
  g_autoptr (GVariant) params = NULL;
  g_autofree char *text = NULL;
  IcamError code = ICAM_ERROR_FAILED;

  g_variant_get (variant, "(&s@a{sv})", &name, &params);
  if (*name == '\0')
    return NULL;

  icam_error_from_name (name, &code);
  text = g_variant_print (params, FALSE);
  return g_error_new_literal (ICAM_ERROR, (int) code, text);
}
