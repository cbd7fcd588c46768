/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-words.h"

#include "base/icam-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>


/* A parameter as text. Recorders send strings; what else an error may carry is printed. NULL when it is absent or empty. */
static char *
param (GVariant   *params,
       const char *key)
{
  g_autoptr (GVariant) value = params != NULL ? g_variant_lookup_value (params, key, NULL) : NULL;
  char *text;

  if (value == NULL)
    return NULL;
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_print (value, FALSE);

  text = g_variant_dup_string (value, NULL);
  if (*text == '\0')
    g_clear_pointer (&text, g_free);
  return text;
}

/* A sentence with a detail of the system after it, if there is one. */
static char *
with_detail (const char *sentence,
             const char *detail)
{
  /* Translators: a sentence about what went wrong, then what the system said of it. */
  return detail != NULL ? g_strdup_printf (_ ("%s (%s)"), sentence, detail) : g_strdup (sentence);
}

static gboolean
recorder_is_away (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_DISCONNECTED)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED)
         || (error->domain == G_DBUS_ERROR && error->code >= G_DBUS_ERROR_SPAWN_EXEC_FAILED
             && error->code <= G_DBUS_ERROR_SPAWN_NO_MEMORY);
}

static char *
foreign_error (const GError *error)
{
  g_autoptr (GError) copy = NULL;

  if (recorder_is_away (error))
    return g_strdup (_ ("The recorder is not running. Nothing is being recorded."));
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_SERVER))
    return g_strdup (_ ("The recorder cannot be reached: there is no message bus (D-Bus) for this user."));
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_TIMED_OUT)
      || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_TIMEOUT)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return g_strdup (_ ("The recorder did not answer in time."));
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_strdup (_ ("It was cancelled."));
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED))
    return g_strdup (_ ("You are not allowed to do this."));

  copy = g_error_copy (error);
  g_dbus_error_strip_remote_error (copy);
  return g_strdup (*copy->message != '\0' ? copy->message : _ ("It did not work, and the system did not say why."));
}

static const char *
not_found_words (const char *what)
{
  static const struct
  {
    const char *what;
    const char *words;
  } table[] = {
    { "camera", N_ ("This camera is not there any more.") },
    { "event", N_ ("This event is not there any more.") },
    { "segment", N_ ("This recording is not there any more.") },
    { "protection", N_ ("This recording is not protected any more.") },
    { "folder", N_ ("This is not one of the folders for recordings.") },
    { "preset", N_ ("The camera does not remember this place any more.") },
    { "home", N_ ("The camera has no home position.") },
    { "relay", N_ ("The camera has no such contact.") },
    { "recording", N_ ("This recording is not there any more.") },
    { "job", N_ ("This task has ended.") },
    { "probe", N_ ("The connection to this camera has ended. Connect again.") },
    { "thumbnail", N_ ("This event has no picture.") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_strcmp0 (what, table[i].what) == 0)
      return _ (table[i].words);

  return _ ("It is not there any more.");
}

static char *
bytes_words (const char *text)
{
  guint64 bytes;

  /* Printed variants may have the type in front ("uint64 5"). */
  text = text != NULL && g_str_has_prefix (text, "uint64 ") ? text + strlen ("uint64 ") : text;
  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &bytes, NULL))
    return NULL;
  return g_format_size (bytes);
}

/**
 * icam_words_error:
 * @error: an error that came from the recorder, or from asking it
 *
 * Returns: (transfer full): what happened, in sentences
 */
char *
icam_words_error (const GError *error)
{
  g_autoptr (GVariant) params = NULL;
  g_autofree char *address = NULL;
  g_autofree char *detail = NULL;
  g_autofree char *camera = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *extra = NULL;
  const char *at;

  g_return_val_if_fail (error != NULL, NULL);

  if (error->domain != ICAM_ERROR)
    return foreign_error (error);

  params = icam_error_get_params (error);
  address = param (params, "address");
  detail = param (params, "detail");
  camera = param (params, "camera");
  folder = param (params, "folder");
  /* Translators: stands for an address in the sentences about a camera. */
  at = address != NULL ? address : _ ("this address");
  if (folder == NULL)
    folder = g_strdup (_ ("for recordings"));

  switch ((IcamError) error->code)
    {
    case ICAM_ERROR_FAILED:
      return with_detail (_ ("It did not work."), detail);
    case ICAM_ERROR_INVALID_ARGUMENT:
      extra = param (params, "what");
      if (g_strcmp0 (extra, "address") == 0)
        return with_detail (_ ("This is not an address of a camera."), detail);
      if (g_strcmp0 (extra, "password") == 0)
        return with_detail (_ ("This password cannot be used: it is too long or has characters that no camera takes."), NULL);
      if (g_strcmp0 (extra, "name") == 0)
        return with_detail (_ ("This name cannot be used."), detail);
      return with_detail (_ ("The recorder does not understand what was asked for."), detail != NULL ? detail : extra);
    case ICAM_ERROR_NOT_FOUND:
      extra = param (params, "what");
      return g_strdup (not_found_words (extra));
    case ICAM_ERROR_ACCESS_DENIED:
      return g_strdup (_ ("You are not allowed to do this. Ask who set up this recorder."));
    case ICAM_ERROR_UNREACHABLE:
      return g_strdup_printf (_ ("Nothing answers at %s. Is the camera switched on and on this network?"), at);
    case ICAM_ERROR_TIMED_OUT:
      return g_strdup_printf (_ ("The camera at %s did not answer in time."), at);
    case ICAM_ERROR_WRONG_PASSWORD:
      return g_strdup_printf (_ ("The camera at %s refused the name or the password."), at);
    case ICAM_ERROR_PASSWORD_NEEDED:
      return g_strdup_printf (_ ("The camera at %s wants a name and a password."), at);
    case ICAM_ERROR_NOT_A_CAMERA:
      return g_strdup_printf (_ ("What answers at %s is not a camera that can be recorded."), at);
    case ICAM_ERROR_BAD_ANSWER:
      return with_detail (address != NULL ? _ ("The camera sent an answer that cannot be understood.")
                                          : _ ("The recorder sent an answer that cannot be understood."),
                          detail);
    case ICAM_ERROR_NO_STREAM:
      return g_strdup_printf (_ ("The camera at %s offers no pictures that can be recorded."), at);
    case ICAM_ERROR_CODEC_UNSUPPORTED:
      extra = param (params, "codec");
      if (extra == NULL)
        return g_strdup (_ ("The pictures of this camera cannot be shown on this system; they are still recorded."));
      if (icam_codec_from_string (extra) == ICAM_CODEC_H265)
        return g_strdup (_ ("H.265 cannot be shown on this system; it is still recorded."));
      if (icam_codec_from_string (extra) == ICAM_CODEC_H264)
        return g_strdup (_ ("H.264 cannot be shown on this system; it is still recorded."));
      /* Translators: the name of an encoding of video, such as "mjpeg". */
      return g_strdup_printf (_ ("Pictures of the kind \"%s\" cannot be used on this system."), extra);
    case ICAM_ERROR_ALREADY_ADDED:
      return camera != NULL ? g_strdup_printf (_ ("This camera has been added already: it is \"%s\"."), camera)
                            : g_strdup (_ ("This camera has been added already."));
    case ICAM_ERROR_OTHER_DEVICE:
      return camera != NULL
               ? g_strdup_printf (_ ("Another camera answers at the address of \"%1$s\". It is not shown as \"%1$s\"."), camera)
               : g_strdup_printf (_ ("Another camera answers at %s than before. It is not shown as that one."), at);
    case ICAM_ERROR_STREAM_SILENT:
      return g_strdup_printf (_ ("The camera at %s answers, but sends no pictures."), at);
    case ICAM_ERROR_KEYRING_LOCKED:
      extra = param (params, "count");
      if (extra != NULL)
        {
          guint count = (guint) g_ascii_strtoull (extra, NULL, 10);

          if (count > 0)
            return g_strdup_printf (ngettext ("The keyring is locked: %u camera waits.",
                                              "The keyring is locked: %u cameras wait.", count),
                                    count);
        }
      return g_strdup (_ ("The keyring with the passwords is locked."));
    case ICAM_ERROR_KEYRING_ABSENT:
      return g_strdup (_ ("There is no keyring on this system that could keep the password. Install one, for example GNOME Keyring."));
    case ICAM_ERROR_ARCHIVE_NOT_WRITABLE:
      extra = g_strdup_printf (_ ("Nothing can be written to the folder %s. Nothing is being recorded there."), folder);
      return with_detail (extra, detail);
    case ICAM_ERROR_ARCHIVE_MISSING:
      return g_strdup_printf (_ ("The folder %s is missing. Is its disk plugged in? Nothing is being recorded there."), folder);
    case ICAM_ERROR_ARCHIVE_WRONG:
      return g_strdup_printf (_ ("The folder %s belongs to another recorder. Nothing is written there."), folder);
    case ICAM_ERROR_ARCHIVE_FULL:
      {
        g_autofree char *free_text = param (params, "free");

        extra = bytes_words (free_text);
        return with_detail (_ ("The disk for recordings is full. Old recordings make room for new ones."), extra);
      }
    case ICAM_ERROR_ARCHIVE_LOCKED:
      return g_strdup_printf (_ ("Another recorder uses the folder %s. Stop it, or choose another folder."), folder);
    case ICAM_ERROR_ARCHIVE_HUNG:
      return g_strdup_printf (_ ("The disk of the folder %s does not answer. What cannot wait for it goes to another folder, if there is one."), folder);
    case ICAM_ERROR_DATABASE:
      return with_detail (_ ("The list of recordings cannot be read or written."), detail);
    case ICAM_ERROR_NO_AVAHI:
      return g_strdup (_ ("The service Avahi is not running on this computer: cameras that announce themselves over mDNS only are not found. They can be added by their address."));
    case ICAM_ERROR_NO_RECORDING:
      return g_strdup (_ ("Nothing was recorded then."));
    case ICAM_ERROR_CANCELLED:
      return g_strdup (_ ("It was cancelled."));
    case ICAM_ERROR_BUSY:
      return with_detail (_ ("The recorder is busy with this already."), detail);
    case ICAM_ERROR_CERTIFICATE_CHANGED:
      return g_strdup_printf (_ ("The camera at %s shows another certificate than before. If you have changed it, enter the camera's password again to trust it."), at);
    case ICAM_ERROR_NO_SPACE:
      {
        g_autofree char *needed_text = param (params, "needed");
        g_autofree char *free_text = param (params, "free");
        g_autofree char *needed = bytes_words (needed_text);

        extra = bytes_words (free_text);
        if (needed == NULL || extra == NULL)
          return g_strdup (_ ("There is not enough space for it."));
        /* Translators: two sizes: "There is not enough space for it: it needs about 1.8 GB, and 700 MB are free." */
        return g_strdup_printf (_ ("There is not enough space for it: it needs about %s, and %s are free."), needed, extra);
      }
    case ICAM_ERROR_OTHER_HOST:
      extra = param (params, "host");
      if (extra == NULL)
        return g_strdup_printf (_ ("The camera at %s names another address for what is wanted. That one was not asked."), at);
      /* Translators: two addresses; the second is one that we do not connect to by ourselves. */
      return g_strdup_printf (_ ("The camera at %s names another address for what is wanted, %s. That one was not asked. If it is yours, add the camera by it."), at, extra);
    case ICAM_ERROR_NOT_PERMITTED:
      extra = param (params, "user");
      if (extra == NULL)
        return g_strdup_printf (_ ("The camera at %s does not allow this."), at);
      /* Translators: an address, and a name at a camera */
      return g_strdup_printf (_ ("The camera at %s does not allow this to \"%s\". Use the name of an administrator of the camera."), at, extra);
    case ICAM_ERROR_NOT_SUPPORTED:
      return g_strdup (_ ("This camera cannot do that."));
    case ICAM_ERROR_OUT_OF_RANGE:
      return with_detail (_ ("The camera cannot go so far."), detail);
    case ICAM_ERROR_REFUSED:
      return with_detail (_ ("The camera did not do it."), detail);
    case ICAM_N_ERRORS:
    default:
      return with_detail (_ ("It did not work."), detail);
    }
}

/* "Trying again in 30 seconds." with a space in front, or "". */
static char *
retry_words (gint64 retry_at,
             gint64 now)
{
  g_autofree char *wait = NULL;

  if (retry_at == 0)
    return g_strdup ("");
  if (retry_at - now < G_USEC_PER_SEC)
    return g_strconcat (" ", _ ("Trying again now."), NULL);

  wait = icam_words_duration (retry_at - now);
  /* Translators: %s is a duration such as "30 seconds". */
  return g_strdup_printf (_ (" Trying again in %s."), wait);
}

static char *
failed_words (const char   *name,
              const GError *error,
              const char   *since)
{
  g_autofree char *why = NULL;

  if (error == NULL)
    return g_strdup_printf (_ ("%s has not been recorded since %s."), name, since);

  if (error->domain == ICAM_ERROR)
    switch ((IcamError) error->code)
      {
      case ICAM_ERROR_UNREACHABLE:
      case ICAM_ERROR_TIMED_OUT:
        return g_strdup_printf (_ ("%s has not answered since %s."), name, since);
      case ICAM_ERROR_STREAM_SILENT:
        return g_strdup_printf (_ ("%s has sent no pictures since %s."), name, since);
      case ICAM_ERROR_WRONG_PASSWORD:
      case ICAM_ERROR_PASSWORD_NEEDED:
        return g_strdup_printf (_ ("%s has refused the password since %s."), name, since);
      case ICAM_ERROR_CERTIFICATE_CHANGED:
        return g_strdup_printf (_ ("%s has shown another certificate since %s. If you have changed it, enter the camera's password again to trust it."), name, since);
      case ICAM_ERROR_OTHER_DEVICE:
        return g_strdup_printf (_ ("Another camera answers at the address of %1$s since %2$s. It is not shown as %1$s."), name, since);
      default:
        break;
      }

  why = icam_words_error (error);
  /* Translators: name of a camera, since when, then a sentence with the reason. */
  return g_strdup_printf (_ ("%s has not been recorded since %s. %s"), name, since, why);
}

/**
 * icam_words_camera_state:
 * @name: the camera's name
 * @state: (nullable): its state, or the state of a live picture of it
 * @error: (nullable): what is wrong
 * @since_us: UTC in µs since when the state holds, 0 unknown
 * @retry_at_us: UTC in µs when it is tried again, 0 when it is not
 * @now_us: UTC in µs now
 *
 * Returns: (transfer full): what happened, since when, and what the program does now, in sentences
 */
char *
icam_words_camera_state (const char   *name,
                         const char   *state,
                         const GError *error,
                         gint64        since_us,
                         gint64        retry_at_us,
                         gint64        now_us)
{
  g_autofree char *since = icam_words_time (since_us != 0 ? since_us : now_us, now_us);
  g_autofree char *retry = retry_words (retry_at_us, now_us);
  g_autofree char *what = NULL;

  if (state == NULL)
    state = "";

  if (g_str_equal (state, "recording") || g_str_equal (state, "live"))
    return g_strdup_printf (_ ("%s is being recorded."), name);
  if (g_str_equal (state, "connecting") && error == NULL)
    return g_strdup_printf (_ ("Connecting to %s."), name);
  if (g_str_equal (state, "waiting") || g_str_equal (state, "keyring-locked"))
    return g_strdup_printf (_ ("%s waits for the keyring with its password to be unlocked. It is not being recorded."), name);
  if (g_str_equal (state, "paused"))
    return g_strdup_printf (_ ("%s was paused at %s. It is not being recorded."), name, since);
  if (g_str_equal (state, "other-device"))
    return g_strdup_printf (_ ("Another camera answers at the address of %1$s since %2$s. It is not shown as %1$s."), name, since);
  if (g_str_equal (state, "no-recorder"))
    return g_strdup_printf (_ ("The recorder is not running. %s is not being recorded."), name);

  if (g_str_equal (state, "camera-silent"))
    what = g_strdup_printf (_ ("%s has sent no pictures since %s."), name, since);
  else if (g_str_equal (state, "camera-gone"))
    what = g_strdup_printf (_ ("%s has not answered since %s."), name, since);
  else if (g_str_equal (state, "wrong-password"))
    what = g_strdup_printf (_ ("%s has refused the password since %s."), name, since);
  else
    what = failed_words (name, error, since);

  return g_strconcat (what, retry, NULL);
}

/**
 * icam_words_gap:
 * @cause: a cause
 *
 * Returns: (transfer none): why there is no recording, short: for a place on the timeline
 */
const char *
icam_words_gap (IcamGapCause cause)
{
  switch (cause)
    {
    case ICAM_GAP_CAMERA_SILENT:
      return _ ("Sent no pictures");
    case ICAM_GAP_CAMERA_GONE:
      return _ ("Did not answer");
    case ICAM_GAP_WRONG_PASSWORD:
      return _ ("Password refused");
    case ICAM_GAP_OTHER_DEVICE:
      return _ ("Another device answered");
    case ICAM_GAP_RECORDER_STOPPED:
      return _ ("Recorder was stopped");
    case ICAM_GAP_RECORDER_KILLED:
      return _ ("Recorder was interrupted");
    case ICAM_GAP_DISK_SLOW:
      return _ ("Disk was too slow");
    case ICAM_GAP_DISK_ERROR:
      return _ ("Disk could not be written");
    case ICAM_GAP_DISK_FULL:
      return _ ("Disk was full");
    case ICAM_GAP_COMPUTER_ASLEEP:
      return _ ("Computer was asleep");
    case ICAM_GAP_PAUSED:
      return _ ("Paused by you");
    case ICAM_GAP_BAD_DATA:
      return _ ("Sent what is no picture");
    case ICAM_GAP_SCHEDULE:
      return _ ("Not to be recorded then");
    case ICAM_GAP_NO_EVENT:
      return _ ("Nothing happened");
    case ICAM_GAP_CLOCK_STEPPED:
      return _ ("The clock was set ahead");
    case ICAM_GAP_KEYRING_LOCKED:
      return _ ("Keyring was locked");
    case ICAM_GAP_UNKNOWN:
    case ICAM_N_GAP_CAUSES:
    default:
      return _ ("Not recorded");
    }
}

/* By their names in base/icam-types.c. */
static const struct
{
  const char *kind;
  const char *words;
} event_words[] = {
  { "motion", N_ ("Motion") },
  { "line-crossed", N_ ("Line crossed") },
  { "vehicle", N_ ("Vehicle") },
  { "animal", N_ ("Animal") },
  { "person", N_ ("Person") },
  { "face", N_ ("Face") },
  { "package", N_ ("Package") },
  { "doorbell", N_ ("Doorbell") },
  { "tamper", N_ ("Tampering") },
  { "digital-input", N_ ("Alarm input") },
  { "sound", N_ ("Sound") },
};

/**
 * icam_words_event_kind:
 * @kind: (nullable): an event's kind
 *
 * Returns: (transfer none): what happened, short: for a place in a list
 */
const char *
icam_words_event_kind (const char *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (event_words); i++)
    if (g_strcmp0 (kind, event_words[i].kind) == 0)
      return _ (event_words[i].words);
  return _ ("Event");
}

/**
 * icam_words_witnesses:
 * @witnesses: (nullable): who saw an event, as in icam_event_get_witnesses()
 *
 * Returns: (transfer none): who saw it, short: for a place in a list
 */
const char *
icam_words_witnesses (const char *const *witnesses)
{
  gboolean pixels = witnesses != NULL && g_strv_contains (witnesses, "pixels");
  gboolean device = witnesses != NULL && g_strv_contains (witnesses, "device");

  if (pixels && device)
    return _ ("both");
  /* Translators: who noticed an event: the camera itself, or In Camera. */
  return device ? _ ("camera") : pixels ? ICAM_APP_NAME : "";
}

/**
 * icam_words_age:
 * @code: (nullable): the manager's AgeDeletion
 *
 * Returns: (transfer none): whether old recordings may be deleted, and if not what a person can do
 */
const char *
icam_words_age (const char *code)
{
  if (g_strcmp0 (code, "clock") == 0)
    return _ ("Nothing is deleted because of its age: nobody says that this computer's clock is right. Look at it and confirm it.");
  if (g_strcmp0 (code, "catalogue") == 0)
    return _ ("Nothing is deleted because of its age: the list of recordings was made anew. Look whether they are there and confirm it.");
  return _ ("Recordings are deleted when they are as old as you said.");
}

/* The words of a journal entry (its codes: src/recorder/README.md). */
static const struct
{
  const char *code;
  const char *words;
  const char *param; /* what %s stands for */
} journal_words[] = {
  { "recorder-started", N_ ("The recorder was started."), NULL },
  { "recorder-stopped", N_ ("The recorder was stopped."), NULL },
  { "recorder-restarted", N_ ("The recorder had failed and was started again."), NULL },
  { "recordings-recovered", N_ ("Recordings that had been interrupted were closed."), NULL },
  { "camera-added", N_ ("%s was added."), "name" },
  { "camera-removed", N_ ("%s was removed."), "name" },
  { "camera-recovered", N_ ("%s is being recorded again."), "name" },
  { "device-moved", N_ ("A camera has moved to the address %s and is recorded there."), "address" },
  { "other-device", N_ ("Another camera answered at the address %s. It is not shown as the one that was there before."), "address" },
  { "keyring-locked", N_ ("The keyring with the passwords is locked."), NULL },
  { "archive-recovered", N_ ("Recordings can be written to %s again."), "folder" },
  { "folder-added", N_ ("Recordings may go to %s, too, from now on."), "folder" },
  { "folder-removed", N_ ("Nothing is written to %s any more."), "folder" },
  { "folder-changed", N_ ("Recordings go to %s from now on."), "folder" },
  { "footage-deleted", N_ ("The oldest recordings were deleted."), NULL },
  { "segment-foreign", N_ ("The file %s among the recordings is not what it should be. It was left as it is."), "file" },
  { "configuration-set-aside", N_ ("The list of cameras was damaged. Its last copy has taken its place."), NULL },
  { "backup-failed", N_ ("The lists of cameras and recordings could not be copied to %s."), "folder" },
  { "catalogue-set-aside", N_ ("The list of recordings could not be used. A new one was begun."), NULL },
  { "catalogue-rebuilt", N_ ("The list of recordings was made anew: %s recordings are in it."), "count" },
  { "clock-stepped", N_ ("The clock of this computer was set."), NULL },
  { "computer-slept", N_ ("This computer was asleep. Nothing was recorded meanwhile."), NULL },
};

/**
 * icam_words_journal:
 * @code: a journal entry's code
 * @params: (nullable): its parameters, a{sv}
 *
 * Returns: (transfer full): what happened, a sentence
 */
char *
icam_words_journal (const char *code,
                    GVariant   *params)
{
  g_autofree char *name = param (params, "name");
  g_autofree char *text = NULL;

  if (name == NULL)
    name = g_strdup (_ ("A camera"));

  if (g_strcmp0 (code, "camera-failed") == 0 || g_strcmp0 (code, "archive-problem") == 0)
    {
      g_autofree char *error_name = param (params, "error");
      IcamError error_code = ICAM_ERROR_FAILED;
      g_autoptr (GError) error = NULL;
      g_autofree char *why = NULL;
      g_autofree char *printed = params != NULL ? g_variant_print (params, FALSE) : g_strdup ("@a{sv} {}");

      icam_error_from_name (error_name, &error_code);
      error = g_error_new_literal (ICAM_ERROR, (int) error_code, printed);
      why = icam_words_error (error);
      if (g_str_equal (code, "archive-problem"))
        return g_steal_pointer (&why);
      /* Translators: name of a camera, then a sentence with the reason. */
      return g_strdup_printf (_ ("%s: %s"), name, why);
    }

  for (guint i = 0; i < G_N_ELEMENTS (journal_words); i++)
    if (g_strcmp0 (code, journal_words[i].code) == 0)
      {
        g_autofree char *value = journal_words[i].param != NULL ? param (params, journal_words[i].param) : NULL;

        if (journal_words[i].param == NULL)
          return g_strdup (_ (journal_words[i].words));
        /* Translators: stands for what an entry of the journal does not name. */
        return g_strdup_printf (_ (journal_words[i].words), value != NULL ? value : g_str_equal (journal_words[i].param, "name") ? name : "?");
      }

  /* A newer recorder than this program: its code is all there is, made readable. */
  text = g_strdelimit (g_strdup (code != NULL ? code : ""), "-_", ' ');
  /* Translators: %s is a short name of something that happened, in English. */
  return g_strdup_printf (_ ("Something this version does not know happened: %s."), text);
}

/**
 * icam_words_time:
 * @utc_us: UTC in µs
 * @now_us: UTC in µs now
 *
 * Returns: (transfer full): "14:03:11" today, "Tuesday 14:03" within the last six days, else the date and the time; local
 */
char *
icam_words_time (gint64 utc_us,
                 gint64 now_us)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (utc_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) now_utc = g_date_time_new_from_unix_utc (now_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) time = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
  g_autoptr (GDateTime) now = now_utc != NULL ? g_date_time_to_timezone (now_utc, zone) : NULL;
  GDate day, today;
  int days;

  if (time == NULL || now == NULL)
    return g_strdup ("");

  g_date_clear (&day, 1);
  g_date_clear (&today, 1);
  g_date_set_dmy (&day, (GDateDay) g_date_time_get_day_of_month (time), (GDateMonth) g_date_time_get_month (time),
                  (GDateYear) g_date_time_get_year (time));
  g_date_set_dmy (&today, (GDateDay) g_date_time_get_day_of_month (now), (GDateMonth) g_date_time_get_month (now),
                  (GDateYear) g_date_time_get_year (now));
  days = g_date_days_between (&day, &today);

  if (days == 0)
    return g_date_time_format (time, "%X");
  if (days > 0 && days < 7)
    /* Translators: a day of this week and the time, as strftime(3) writes them: "Tuesday 14:03". */
    return g_date_time_format (time, _ ("%A %H:%M"));
  /* Translators: a day and the time, as strftime(3) writes them: "3 May 2026, 14:03". */
  return g_date_time_format (time, _ ("%-d %B %Y, %H:%M"));
}

/**
 * icam_words_duration:
 * @microseconds: how long
 *
 * Returns: (transfer full): "14 seconds", "3 minutes", "2 hours 5 minutes", "4 days"
 */
char *
icam_words_duration (gint64 microseconds)
{
  gint64 length = MAX (0, microseconds);
  guint seconds = (guint) MIN ((length + G_USEC_PER_SEC / 2) / G_USEC_PER_SEC, G_MAXINT);
  guint minutes = seconds / 60;
  guint hours = minutes / 60;
  guint days = hours / 24;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  if (minutes == 0)
    return g_strdup_printf (ngettext ("%u second", "%u seconds", seconds), seconds);
  if (hours == 0)
    return g_strdup_printf (ngettext ("%u minute", "%u minutes", minutes), minutes);
  if (days >= 2)
    return g_strdup_printf (ngettext ("%u day", "%u days", days), days);

  first = g_strdup_printf (ngettext ("%u hour", "%u hours", hours), hours);
  minutes %= 60;
  if (minutes == 0)
    return g_steal_pointer (&first);
  second = g_strdup_printf (ngettext ("%u minute", "%u minutes", minutes), minutes);
  /* Translators: hours and minutes: "2 hours 5 minutes". */
  return g_strdup_printf (_ ("%s %s"), first, second);
}
