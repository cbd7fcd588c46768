/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "base/icam-challenge.h"
#include "media/icam-rtsp-auth.h"

#include <string.h>

/* The most headers with challenges that are looked at. */
#define MAX_HEADERS 8

typedef enum
{
  SCHEME_NONE,
  SCHEME_BASIC,
  SCHEME_MD5,
  SCHEME_SHA256,
} Scheme; /* the better ones last */

struct _IcamRtspAuth
{
  char *user;
  IcamSecret *secret;

  Scheme scheme;
  IcamChallenge *challenge; /* NULL: there was none */
  gboolean qop;
  guint nonce_count;
};

/**
 * icam_rtsp_auth_new:
 * @user: (nullable): the name
 * @secret: (nullable): the password
 *
 * Returns: (transfer full): what answers challenges
 */
IcamRtspAuth *
icam_rtsp_auth_new (const char *user,
                    IcamSecret *secret)
{
  IcamRtspAuth *self = g_new0 (IcamRtspAuth, 1);

  self->user = g_strdup (user != NULL ? user : "");
  self->secret = secret != NULL ? icam_secret_ref (secret) : icam_secret_new (NULL);
  return self;
}

static void
forget (IcamRtspAuth *self)
{
  g_clear_pointer (&self->challenge, icam_challenge_unref);
  self->scheme = SCHEME_NONE;
  self->qop = FALSE;
  self->nonce_count = 0;
}

/**
 * icam_rtsp_auth_free:
 * @self: (transfer full): what answers challenges
 */
void
icam_rtsp_auth_free (IcamRtspAuth *self)
{
  forget (self);
  icam_secret_unref (self->secret);
  g_free (self->user);
  g_free (self);
}

/**
 * icam_rtsp_auth_can:
 * @self: what answers challenges
 *
 * Returns: whether there is a name or a password to answer with
 */
gboolean
icam_rtsp_auth_can (IcamRtspAuth *self)
{
  return *self->user != '\0' || !icam_secret_is_empty (self->secret);
}

static Scheme
scheme_of (const IcamChallenge *challenge)
{
  const char *algorithm = icam_challenge_get (challenge, "algorithm");

  if (icam_challenge_is (challenge, "Basic"))
    return SCHEME_BASIC;
  if (!icam_challenge_is (challenge, "Digest") || icam_challenge_get (challenge, "nonce") == NULL)
    return SCHEME_NONE;
  if (algorithm == NULL || g_ascii_strcasecmp (algorithm, "MD5") == 0)
    return SCHEME_MD5;
  return g_ascii_strcasecmp (algorithm, "SHA-256") == 0 ? SCHEME_SHA256 : SCHEME_NONE;
}

/**
 * icam_rtsp_auth_challenge:
 * @self: what answers challenges
 * @response: a response of status 401
 * @stale: (out): whether only the nonce was too old, so that the name and the password may well be right
 *
 * Takes the strongest challenge of a response.
 *
 * Returns: whether there is one that can be answered
 */
gboolean
icam_rtsp_auth_challenge (IcamRtspAuth   *self,
                          GstRTSPMessage *response,
                          gboolean       *stale)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  IcamChallenge *best = NULL;
  Scheme scheme = SCHEME_NONE;
  char *header;

  *stale = FALSE;
  for (int i = 0; i < MAX_HEADERS
       && gst_rtsp_message_get_header (response, GST_RTSP_HDR_WWW_AUTHENTICATE, &header, i) == GST_RTSP_OK; i++)
    {
      GPtrArray *challenges = icam_challenge_parse (header);

      g_ptr_array_add (all, challenges);
      for (guint j = 0; j < challenges->len; j++)
        if (scheme_of (challenges->pdata[j]) > scheme)
          {
            best = challenges->pdata[j];
            scheme = scheme_of (best);
          }
    }

  forget (self);
  if (best == NULL)
    return FALSE;

  self->scheme = scheme;
  self->challenge = icam_challenge_ref (best);
  self->qop = icam_challenge_offers (icam_challenge_get (best, "qop"), "auth");
  *stale = icam_challenge_is_stale (best);
  return icam_rtsp_auth_can (self);
}

static char *
digest (GChecksumType type,
        const char   *a,
        const char   *b,
        const char   *c)
{
  g_autoptr (GChecksum) sum = g_checksum_new (type);
  const char *const parts[] = { a, b, c };

  for (guint i = 0; i < 3 && parts[i] != NULL; i++)
    {
      if (i > 0)
        g_checksum_update (sum, (const guchar *) ":", 1);
      g_checksum_update (sum, (const guchar *) parts[i], -1);
    }

  return g_strdup (g_checksum_get_string (sum));
}

static void
append_quoted (GString    *header,
               const char *name,
               const char *value)
{
  g_string_append_printf (header, ", %s=\"", name);
  for (; *value != '\0'; value++)
    {
      if (*value == '"' || *value == '\\')
        g_string_append_c (header, '\\');
      /* A line break would begin a header of the camera's choice. */
      if (!g_ascii_iscntrl (*value))
        g_string_append_c (header, *value);
    }
  g_string_append_c (header, '"');
}

static char *
answer_basic (IcamRtspAuth *self)
{
  gsize user = strlen (self->user), password = strlen (icam_secret_peek (self->secret));
  char *pair = g_malloc (user + password + 2);
  char *encoded, *header;

  memcpy (pair, self->user, user);
  pair[user] = ':';
  memcpy (pair + user + 1, icam_secret_peek (self->secret), password);
  encoded = g_base64_encode ((const guchar *) pair, user + 1 + password);
  header = g_strconcat ("Basic ", encoded, NULL);
  icam_secret_wipe (pair, user + password + 2);
  icam_secret_wipe (encoded, strlen (encoded));
  g_free (pair);
  g_free (encoded);
  return header;
}

/**
 * icam_rtsp_auth_answer:
 * @self: what answers challenges
 * @method: of the request
 * @uri: of the request
 *
 * Returns: (transfer full) (nullable): the value of the Authorization header, %NULL while there was no challenge. To be wiped: with
 * Basic it holds the password.
 */
char *
icam_rtsp_auth_answer (IcamRtspAuth *self,
                       const char   *method,
                       const char   *uri)
{
  GChecksumType type = self->scheme == SCHEME_SHA256 ? G_CHECKSUM_SHA256 : G_CHECKSUM_MD5;
  g_autofree char *ha1 = NULL;
  g_autofree char *ha2 = NULL;
  g_autofree char *response = NULL;
  const char *realm, *nonce, *opaque;
  GString *header;

  if (self->scheme == SCHEME_NONE || !icam_rtsp_auth_can (self))
    return NULL;
  if (self->scheme == SCHEME_BASIC)
    return answer_basic (self);

  realm = icam_challenge_get (self->challenge, "realm");
  realm = realm != NULL ? realm : "";
  nonce = icam_challenge_get (self->challenge, "nonce");
  opaque = icam_challenge_get (self->challenge, "opaque");
  ha1 = digest (type, self->user, realm, icam_secret_peek (self->secret));
  ha2 = digest (type, method, uri, NULL);
  header = g_string_new ("Digest username=\"");
  for (const char *at = self->user; *at != '\0'; at++)
    if (!g_ascii_iscntrl (*at))
      {
        if (*at == '"' || *at == '\\')
          g_string_append_c (header, '\\');
        g_string_append_c (header, *at);
      }
  g_string_append_c (header, '"');
  append_quoted (header, "realm", realm);
  append_quoted (header, "nonce", nonce);
  append_quoted (header, "uri", uri);
  if (self->qop)
    {
      char count[9], client_nonce[17];
      g_autofree char *middle = NULL;

      g_snprintf (count, sizeof count, "%08x", ++self->nonce_count);
      g_snprintf (client_nonce, sizeof client_nonce, "%08x%08x", g_random_int (), g_random_int ());
      middle = g_strdup_printf ("%s:%s:%s:auth", nonce, count, client_nonce);
      response = digest (type, ha1, middle, ha2);
      g_string_append_printf (header, ", qop=auth, nc=%s, cnonce=\"%s\"", count, client_nonce);
    }
  else
    response = digest (type, ha1, nonce, ha2);
  append_quoted (header, "response", response);
  if (self->scheme == SCHEME_SHA256)
    g_string_append (header, ", algorithm=SHA-256");
  if (opaque != NULL)
    append_quoted (header, "opaque", opaque);

  icam_secret_wipe (ha1, strlen (ha1));
  return g_string_free (header, FALSE);
}
