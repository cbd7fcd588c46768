/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-reply.h"

#include <unistd.h>

#define MAX_NAME_CHARACTERS 80

/**
 * icam_reply_error:
 * @invocation: (transfer full): a call
 * @error: (transfer full): why it fails; errors of other domains become ICAM_ERROR_FAILED
 *
 * Returns: %TRUE, for handlers
 */
gboolean
icam_reply_error (GDBusMethodInvocation *invocation,
                  GError                *error)
{
  if (error->domain != ICAM_ERROR)
    {
      GError *other = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
                        ? icam_error_new (ICAM_ERROR_CANCELLED, NULL, NULL)
                        : icam_error_new (ICAM_ERROR_FAILED, "detail", error->message, NULL);

      g_error_free (error);
      error = other;
    }

  g_dbus_method_invocation_take_error (invocation, error);
  return TRUE;
}

/**
 * icam_reply_take_fd:
 * @list: (nullable): descriptors that came with a call
 * @handle: h, the index of the one that is meant
 * @what: name of the argument
 * @error: return location
 *
 * Returns: the descriptor, owned by the caller, or -1
 */
int
icam_reply_take_fd (GUnixFDList *list,
                    GVariant    *handle,
                    const char  *what,
                    GError     **error)
{
  int index = g_variant_get_handle (handle);
  int fd = -1;

  if (list != NULL && index >= 0 && index < g_unix_fd_list_get_length (list))
    fd = g_unix_fd_list_get (list, index, NULL);
  if (fd < 0)
    icam_error_set (error, ICAM_ERROR_INVALID_ARGUMENT, "what", what, "detail", "no descriptor", NULL);

  return fd;
}

/**
 * icam_reply_fd_list:
 * @fd: (transfer full): a descriptor to hand out
 * @error: return location
 *
 * Returns: (transfer full): a list with @fd at index 0
 */
GUnixFDList *
icam_reply_fd_list (int      fd,
                    GError **error)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  int index = g_unix_fd_list_append (list, fd, error);

  close (fd);
  return index < 0 ? NULL : g_steal_pointer (&list);
}

/**
 * icam_reply_path:
 * @kind: "camera", "device", "found", "probe", "job" or "manager"
 * @id: (nullable): its id
 *
 * Returns: (transfer full): an object path
 */
char *
icam_reply_path (const char *kind,
                 const char *id)
{
  return id != NULL ? g_strdup_printf ("%s/%s/%s", ICAM_RECORDER_PATH, kind, id)
                    : g_strdup_printf ("%s/%s", ICAM_RECORDER_PATH, kind);
}

/**
 * icam_clean_name:
 * @text: (nullable): a name from a person or a device
 * @otherwise: what to take when nothing is left of it
 *
 * Returns: (transfer full): valid UTF-8 without control characters, trimmed, at most 80 characters
 */
char *
icam_clean_name (const char *text,
                 const char *otherwise)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  g_autoptr (GString) clean = g_string_new (NULL);
  guint n = 0;

  for (const char *p = valid; *p != '\0' && n < MAX_NAME_CHARACTERS; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_FORMAT)
        c = ' ';
      g_string_append_unichar (clean, c);
      n++;
    }
  g_strstrip (clean->str);

  return g_strdup (*clean->str != '\0' ? clean->str : otherwise);
}
