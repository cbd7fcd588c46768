/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The one error domain of the recorder's interface. A code and parameters cross D-Bus; the client has the words
 * (client/icam-words.h). Codes are frozen: append, never renumber, never rename. The message of such a GError is the
 * parameters as GVariant text of type a{sv}, for example {'address': <'192.0.2.7'>}; never a secret. */
typedef enum
{
  ICAM_ERROR_FAILED = 0,          /* detail */
  ICAM_ERROR_INVALID_ARGUMENT,    /* what: name of the argument; detail */
  ICAM_ERROR_NOT_FOUND,           /* what: "camera", "event", "segment", "job", "probe" */
  ICAM_ERROR_ACCESS_DENIED,       /* method */
  ICAM_ERROR_UNREACHABLE,         /* address; detail: nothing answers there */
  ICAM_ERROR_TIMED_OUT,           /* address: connected, but no answer in time */
  ICAM_ERROR_WRONG_PASSWORD,      /* address, user: it refused the name or the password */
  ICAM_ERROR_PASSWORD_NEEDED,     /* address: it wants one and none was given */
  ICAM_ERROR_NOT_A_CAMERA,        /* address: something answers, but neither ONVIF nor a stream */
  ICAM_ERROR_BAD_ANSWER,          /* address, detail: the answer cannot be understood */
  ICAM_ERROR_NO_STREAM,           /* address: no stream that can be recorded */
  ICAM_ERROR_CODEC_UNSUPPORTED,   /* address, codec */
  ICAM_ERROR_ALREADY_ADDED,       /* address, camera (its name) */
  ICAM_ERROR_OTHER_DEVICE,        /* address, camera, expected, found: identity evidence differs */
  ICAM_ERROR_STREAM_SILENT,       /* address: connected, but no picture comes */
  ICAM_ERROR_KEYRING_LOCKED,      /* count: how many cameras wait */
  ICAM_ERROR_KEYRING_ABSENT,      /* nothing keeps secrets on this bus */
  ICAM_ERROR_ARCHIVE_NOT_WRITABLE,/* folder, detail */
  ICAM_ERROR_ARCHIVE_MISSING,     /* folder */
  ICAM_ERROR_ARCHIVE_WRONG,       /* folder: carries another archive's id */
  ICAM_ERROR_ARCHIVE_FULL,        /* folder, free (bytes) */
  ICAM_ERROR_ARCHIVE_LOCKED,      /* folder: another recorder has it */
  ICAM_ERROR_DATABASE,            /* detail */
  ICAM_ERROR_NO_AVAHI,            /* nothing announces services on this computer */
  ICAM_ERROR_NO_RECORDING,        /* from, to (µs): nothing was recorded there */
  ICAM_ERROR_CANCELLED,
  ICAM_ERROR_BUSY,                /* detail */
  ICAM_ERROR_CERTIFICATE_CHANGED, /* address: the TLS certificate is not the one that was shown when the device was added */
  ICAM_ERROR_ARCHIVE_HUNG,        /* folder: its disk does not answer */
  ICAM_ERROR_OTHER_HOST,          /* address, host: the device says that what is wanted lies on another host, which was not asked */
  ICAM_ERROR_NOT_PERMITTED,       /* address, user: the password is right, but this name may not do it at the device */
  ICAM_ERROR_NOT_SUPPORTED,       /* address: the device cannot do it */
  ICAM_ERROR_OUT_OF_RANGE,        /* address, detail: the device can, but not so far */
  ICAM_ERROR_REFUSED,             /* address, detail: the device understood and did not do it */
  ICAM_ERROR_NO_SPACE,            /* needed, free (bytes): a file that was asked for does not fit where it goes */
  ICAM_N_ERRORS,
} IcamError;

#define ICAM_ERROR (icam_error_quark ())

GQuark      icam_error_quark      (void);
GError     *icam_error_new        (IcamError   code,
                                   const char *first_key,
                                   ...) G_GNUC_NULL_TERMINATED;
void        icam_error_set        (GError    **error,
                                   IcamError   code,
                                   const char *first_key,
                                   ...) G_GNUC_NULL_TERMINATED;
const char *icam_error_code_name  (IcamError   code);
gboolean    icam_error_from_name  (const char *name,
                                   IcamError  *code);
GVariant   *icam_error_get_params (const GError *error);
GVariant   *icam_error_to_variant (const GError *error);
GError     *icam_error_from_variant (GVariant *variant);

G_END_DECLS
