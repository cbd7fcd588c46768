/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "base/icam-challenge.h"
#include "onvif/icam-http-digest-private.h"

#include <string.h>

struct _IcamHttpDigest
{
  IcamChallenge *challenge; /* NULL: none yet */
  gboolean sha256, session, qop;
  guint32 count; /* how often this nonce was used */
};

/**
 * icam_http_digest_new:
 *
 * Returns: (transfer full): a client that has seen no challenge yet
 */
IcamHttpDigest *
icam_http_digest_new (void)
{
  return g_new0 (IcamHttpDigest, 1);
}

/**
 * icam_http_digest_free:
 * @self: a client
 */
void
icam_http_digest_free (IcamHttpDigest *self)
{
  g_clear_pointer (&self->challenge, icam_challenge_unref);
  g_free (self);
}

/**
 * icam_http_digest_forget:
 * @self: a client
 *
 * Forgets the challenge.
 */
void
icam_http_digest_forget (IcamHttpDigest *self)
{
  g_clear_pointer (&self->challenge, icam_challenge_unref);
  self->count = 0;
}

/**
 * icam_http_digest_is_ready:
 * @self: a client
 *
 * Returns: whether there is a challenge to answer
 */
gboolean
icam_http_digest_is_ready (IcamHttpDigest *self)
{
  return self->challenge != NULL;
}

/**
 * icam_http_digest_was_used:
 * @self: a client
 *
 * Returns: whether the nonce was used more than once, so that a refusal may mean its age
 */
gboolean
icam_http_digest_was_used (IcamHttpDigest *self)
{
  return self->count > 1;
}

/* Takes the challenge if it is one that we can answer, and no weaker than the one we have from the
 * same answer. */
static gboolean
consider (IcamHttpDigest *self, IcamChallenge *challenge, gboolean replace)
{
  const char *named = icam_challenge_get (challenge, "algorithm");
  const char *algorithm = named != NULL ? named : "MD5";
  const char *qop = icam_challenge_get (challenge, "qop");
  gboolean session = g_ascii_strcasecmp (algorithm, "MD5-sess") == 0
                     || g_ascii_strcasecmp (algorithm, "SHA-256-sess") == 0;
  gboolean sha256
    = g_ascii_strncasecmp (algorithm, "SHA-256", 7) == 0 && (algorithm[7] == '\0' || session);

  if (icam_challenge_get (challenge, "realm") == NULL || icam_challenge_get (challenge, "nonce") == NULL)
    return FALSE;
  if (!sha256 && !session && g_ascii_strcasecmp (algorithm, "MD5") != 0)
    return FALSE;
  if (qop != NULL && !icam_challenge_offers (qop, "auth"))
    return FALSE;
  if (!replace && self->challenge != NULL && (self->sha256 || !sha256))
    return TRUE;

  icam_challenge_ref (challenge);
  g_clear_pointer (&self->challenge, icam_challenge_unref);
  self->challenge = challenge;
  self->sha256 = sha256;
  self->session = session;
  self->qop = qop != NULL;
  self->count = 0;
  return TRUE;
}

/**
 * icam_http_digest_challenge:
 * @self: a client
 * @header: a WWW-Authenticate header, with one challenge or several (RFC 9110, section 11.6.1)
 * @fresh: whether it is the first such header of an answer: what was known before is replaced
 * @stale: (out): set to %TRUE when the server says that only the nonce was too old; else untouched
 *
 * Takes the strongest challenge that we can answer.
 *
 * Returns: what the header offers
 */
IcamHttpOffer
icam_http_digest_challenge (IcamHttpDigest *self,
                            const char     *header,
                            gboolean        fresh,
                            gboolean       *stale)
{
  g_autoptr (GPtrArray) challenges = icam_challenge_parse (header);
  IcamHttpOffer offer = ICAM_HTTP_OFFER_NOTHING;

  for (guint i = 0; i < challenges->len; i++)
    {
      IcamChallenge *each = challenges->pdata[i];

      offer = MAX (offer, ICAM_HTTP_OFFER_OTHER);
      if (!icam_challenge_is (each, "Digest"))
        continue;

      if (consider (self, each, fresh))
        {
          offer = ICAM_HTTP_OFFER_DIGEST;
          fresh = FALSE;
          *stale |= icam_challenge_is_stale (each);
        }
    }

  return offer;
}

/* The digest of the parts with colons between them, as lower case hex digits. The last part may be
 * the password. */
static char *
digest (IcamHttpDigest *self, const char *const *parts)
{
  static const guint8 nothing[128];
  g_autoptr (GChecksum) checksum
    = g_checksum_new (self->sha256 ? G_CHECKSUM_SHA256 : G_CHECKSUM_MD5);
  char *text;

  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (i > 0)
        g_checksum_update (checksum, (const guchar *) ":", 1);
      g_checksum_update (checksum, (const guchar *) parts[i], (gssize) strlen (parts[i]));
    }
  text = g_strdup (g_checksum_get_string (checksum));

  /* The checksum holds the tail of what it was given: overwrite it before it is freed. */
  g_checksum_reset (checksum);
  g_checksum_update (checksum, nothing, sizeof nothing - 1);

  return text;
}

static void
append_quoted (GString *header, const char *name, const char *value)
{
  g_string_append_printf (header, ", %s=\"", name);
  for (const char *p = value; *p != '\0'; p++)
    {
      if (*p == '"' || *p == '\\')
        g_string_append_c (header, '\\');
      g_string_append_c (header, *p);
    }
  g_string_append_c (header, '"');
}

static gboolean
has_control (const char *text)
{
  for (; *text != '\0'; text++)
    if (g_ascii_iscntrl (*text))
      return TRUE;

  return FALSE;
}

static void
wipe_free (char *text)
{
  icam_secret_wipe (text, strlen (text));
  g_free (text);
}

/**
 * icam_http_digest_authorize:
 * @self: a client that is ready
 * @method: "POST"
 * @uri: the request's path and query
 * @user: the name
 * @secret: the password
 * @cnonce: our nonce; %NULL makes one
 *
 * Answers the challenge (RFC 7616, section 3.4.1); each call uses the nonce once more.
 *
 * Returns: (transfer full) (nullable): the value of the Authorization header; %NULL if the name
 * cannot stand in one
 */
char *
icam_http_digest_authorize (IcamHttpDigest *self,
                            const char     *method,
                            const char     *uri,
                            const char     *user,
                            IcamSecret     *secret,
                            const char     *cnonce)
{
  g_autofree char *made = NULL;
  g_autofree char *a2 = NULL;
  g_autofree char *response = NULL;
  const char *realm, *nonce, *opaque;
  GString *header;
  char *a1;
  char count[9];

  g_return_val_if_fail (self->challenge != NULL, NULL);

  if (has_control (user) || has_control (uri))
    return NULL;
  if (cnonce == NULL)
    {
      made = g_uuid_string_random ();
      cnonce = made;
    }
  realm = icam_challenge_get (self->challenge, "realm");
  nonce = icam_challenge_get (self->challenge, "nonce");
  opaque = icam_challenge_get (self->challenge, "opaque");
  self->count++;
  g_snprintf (count, sizeof count, "%08x", self->count);

  a1 = digest (self, (const char *[]){ user, realm, icam_secret_peek (secret), NULL });
  if (self->session)
    {
      char *inner = a1;

      a1 = digest (self, (const char *[]){ inner, nonce, cnonce, NULL });
      wipe_free (inner);
    }
  a2 = digest (self, (const char *[]){ method, uri, NULL });
  if (self->qop)
    response = digest (self, (const char *[]){ a1, nonce, count, cnonce, "auth", a2, NULL });
  else
    response = digest (self, (const char *[]){ a1, nonce, a2, NULL });
  /* Whoever has it can log in to this realm. */
  wipe_free (a1);

  header = g_string_new ("Digest ");
  append_quoted (header, "username", user);
  /* append_quoted() begins with ", ". */
  g_string_erase (header, strlen ("Digest "), 2);
  append_quoted (header, "realm", realm);
  append_quoted (header, "nonce", nonce);
  append_quoted (header, "uri", uri);
  append_quoted (header, "response", response);
  if (icam_challenge_get (self->challenge, "algorithm") != NULL)
    g_string_append_printf (header, ", algorithm=%s%s", self->sha256 ? "SHA-256" : "MD5",
                            self->session ? "-sess" : "");
  if (opaque != NULL)
    append_quoted (header, "opaque", opaque);
  if (self->qop)
    {
      g_string_append_printf (header, ", qop=auth, nc=%s", count);
      append_quoted (header, "cnonce", cnonce);
    }
  else if (self->session)
    append_quoted (header, "cnonce", cnonce);

  return g_string_free (header, FALSE);
}
