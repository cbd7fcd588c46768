/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-http-body.h"

#include <string.h>

#define MAX_LINE 1024
#define MAX_LINES 128
#define MAX_BOUNDARY 200
/* A read up to the end of a part's head ends not far behind it. */
#define HEAD_READ 512

typedef enum
{
  CHUNK_NONE, /* not in chunks */
  CHUNK_SIZE,
  CHUNK_DATA,
  CHUNK_END,  /* the line end behind it */
  CHUNK_TRAILER,
} ChunkState;

typedef enum
{
  PART_PREAMBLE, /* up to a delimiter, in lines */
  PART_HEAD,
  PART_COUNTED,
  PART_SCANNED,  /* up to the next delimiter */
} PartState;

struct _IcamHttpBody
{
  ChunkState chunk;
  guint64 chunk_left;
  char chunk_line[32];
  guint chunk_line_size;

  char *delimiter;  /* NULL: one picture */
  PartState part;
  GString *line;
  guint lines;
  gint64 left;      /* of the picture; -1 unknown */
  GByteArray *picture;
  gboolean over, bad;
};

/* ---- the head ---- */

static char *
parameter_of (const char *value,
              const char *name)
{
  const char *found = value;
  gsize length = strlen (name);

  while ((found = strchr (found, ';')) != NULL)
    {
      do
        found++;
      while (*found == ' ' || *found == '\t');

      if (g_ascii_strncasecmp (found, name, length) == 0 && found[length] == '=')
        {
          const char *end;

          found += length + 1;
          if (*found == '"')
            {
              end = strchr (++found, '"');
              return end != NULL ? g_strndup (found, (gsize) (end - found)) : NULL;
            }
          return g_strndup (found, strcspn (found, "; \t"));
        }
    }

  return NULL;
}

static void
take_header (IcamHttpHead *head,
             GStrvBuilder *challenges,
             const char   *name,
             const char   *value)
{
  if (g_ascii_strcasecmp (name, "Content-Type") == 0)
    {
      g_autofree char *type = g_strndup (value, strcspn (value, "; \t"));

      g_free (head->type);
      g_free (head->boundary);
      head->type = g_ascii_strdown (type, -1);
      head->boundary = g_str_has_prefix (head->type, "multipart/") ? parameter_of (value, "boundary") : NULL;
    }
  else if (g_ascii_strcasecmp (name, "Content-Length") == 0)
    {
      guint64 length;

      if (g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT64, &length, NULL))
        head->length = (gint64) length;
    }
  else if (g_ascii_strcasecmp (name, "Transfer-Encoding") == 0)
    head->chunked = g_ascii_strcasecmp (value, "chunked") == 0;
  else if (g_ascii_strcasecmp (name, "Connection") == 0)
    head->closes = g_ascii_strcasecmp (value, "close") == 0;
  else if (g_ascii_strcasecmp (name, "Location") == 0)
    {
      g_free (head->location);
      head->location = g_strdup (value);
    }
  else if (g_ascii_strcasecmp (name, "WWW-Authenticate") == 0)
    g_strv_builder_add (challenges, value);
}

static const char *
end_of_head (const char *text,
             gsize       size)
{
  for (gsize i = 1; i < size; i++)
    if (text[i] == '\n' && (text[i - 1] == '\n' || (i >= 2 && text[i - 1] == '\r' && text[i - 2] == '\n')))
      return text + i + 1;

  return NULL;
}

/**
 * icam_http_head_parse:
 * @head: (out): to be cleared with icam_http_head_clear() whatever is returned
 * @text: what came
 * @size: in bytes
 *
 * Returns: how long the head is, with the empty line behind it; 0 if more is needed, below 0 if this is none
 */
gssize
icam_http_head_parse (IcamHttpHead *head,
                      const char   *text,
                      gsize         size)
{
  g_autoptr (GStrvBuilder) challenges = g_strv_builder_new ();
  const char *end = end_of_head (text, MIN (size, ICAM_HTTP_MAX_HEAD));
  g_autofree char *copy = NULL;
  g_auto (GStrv) lines = NULL;
  char *space;

  memset (head, 0, sizeof *head);
  head->length = -1;
  if (size >= 5 && memcmp (text, "HTTP/", 5) != 0)
    return -1;
  if (end == NULL)
    return size >= ICAM_HTTP_MAX_HEAD ? -1 : 0;

  copy = g_strndup (text, (gsize) (end - text));
  lines = g_strsplit (copy, "\n", MAX_LINES);
  space = lines[0] != NULL ? strchr (lines[0], ' ') : NULL;
  if (space == NULL)
    return -1;

  head->status = (guint) MIN (g_ascii_strtoull (space + 1, NULL, 10), 999);
  head->closes = g_str_has_prefix (lines[0], "HTTP/1.0");
  for (guint i = 1; lines[i] != NULL; i++)
    {
      char *colon = strchr (lines[i], ':');

      if (colon == NULL)
        continue;
      *colon = '\0';
      take_header (head, challenges, lines[i], g_strstrip (colon + 1));
    }
  head->challenges = g_strv_builder_end (challenges);
  return end - text;
}

/**
 * icam_http_head_clear:
 * @head: a head
 */
void
icam_http_head_clear (IcamHttpHead *head)
{
  g_clear_pointer (&head->type, g_free);
  g_clear_pointer (&head->boundary, g_free);
  g_clear_pointer (&head->location, g_free);
  g_clear_pointer (&head->challenges, g_strfreev);
}

/* ---- pictures ---- */

/**
 * icam_http_body_new:
 * @head: of the answer
 *
 * Returns: (transfer full): what takes the bytes behind @head
 */
IcamHttpBody *
icam_http_body_new (const IcamHttpHead *head)
{
  IcamHttpBody *self = g_new0 (IcamHttpBody, 1);

  self->chunk = head->chunked ? CHUNK_SIZE : CHUNK_NONE;
  self->line = g_string_new (NULL);
  self->picture = g_byte_array_new ();
  if (head->boundary != NULL && strlen (head->boundary) <= MAX_BOUNDARY)
    self->delimiter = g_strconcat (g_str_has_prefix (head->boundary, "--") ? "" : "--", head->boundary, NULL);
  else
    {
      self->part = PART_COUNTED;
      self->left = head->chunked ? -1 : head->length;
      self->bad = self->left > ICAM_HTTP_MAX_PICTURE || head->boundary != NULL;
      self->over = self->left == 0;
    }
  return self;
}

/**
 * icam_http_body_free:
 * @self: (transfer full): a body
 */
void
icam_http_body_free (IcamHttpBody *self)
{
  g_free (self->delimiter);
  g_string_free (self->line, TRUE);
  g_byte_array_unref (self->picture);
  g_free (self);
}

static void
hand_over (IcamHttpBody        *self,
           IcamHttpPictureFunc  func,
           gpointer             user_data)
{
  gsize size = self->picture->len;
  guint8 *data = g_byte_array_free (self->picture, FALSE);

  self->picture = g_byte_array_new ();
  /* Text, or nothing, between two pictures is not one. */
  if (size > 4 && data[0] == 0xff && data[1] == 0xd8)
    func (data, size, user_data);
  else
    g_free (data);
}

/* One whole line of a multipart body, without its end. */
static void
take_line (IcamHttpBody *self)
{
  const char *line = self->line->str;
  gsize size = strlen (self->delimiter);

  if (self->part == PART_PREAMBLE)
    {
      if (strncmp (line, self->delimiter, size) != 0)
        return;
      if (g_str_equal (line + size, "--"))
        self->over = TRUE;
      self->part = PART_HEAD;
      self->left = -1;
      self->lines = 0;
      return;
    }

  if (*line != '\0')
    {
      guint64 length;

      if (g_ascii_strncasecmp (line, "Content-Length:", 15) == 0
          && g_ascii_string_to_unsigned (g_strchug (self->line->str + 15), 10, 0, G_MAXINT64, &length, NULL))
        self->left = (gint64) length;
      self->bad |= self->left > ICAM_HTTP_MAX_PICTURE || ++self->lines > MAX_LINES;
      return;
    }

  /* Some write 0 where they do not know it. */
  self->part = self->left > 0 ? PART_COUNTED : PART_SCANNED;
}

/* How much of @data is used; what comes before the next picture ends. */
static gsize
take_text (IcamHttpBody *self,
           const guint8 *data,
           gsize         size)
{
  const guint8 *end = memchr (data, '\n', size);
  gsize used = end != NULL ? (gsize) (end - data) + 1 : size;

  if (self->line->len + used <= MAX_LINE)
    g_string_append_len (self->line, (const char *) data, (gssize) used);
  else if (self->part == PART_HEAD)
    self->bad = TRUE;
  if (end == NULL)
    return used;

  g_string_truncate (self->line, strcspn (self->line->str, "\r\n"));
  take_line (self);
  g_string_truncate (self->line, 0);
  return used;
}

static gsize
scan (IcamHttpBody        *self,
      const guint8        *data,
      gsize                size,
      IcamHttpPictureFunc  func,
      gpointer             user_data)
{
  gsize length = strlen (self->delimiter), before = self->picture->len;
  gsize from = before > length + 2 ? before - length - 2 : 0;
  const guint8 *found;
  gsize end, behind;

  g_byte_array_append (self->picture, data, (guint) size);
  found = memmem (self->picture->data + from, self->picture->len - from, self->delimiter, length);
  if (found == NULL)
    {
      self->bad |= self->picture->len > ICAM_HTTP_MAX_PICTURE;
      return size;
    }

  end = (gsize) (found - self->picture->data);
  behind = self->picture->len - end;
  if (end > 0 && self->picture->data[end - 1] == '\n')
    end--;
  if (end > 0 && self->picture->data[end - 1] == '\r')
    end--;
  g_byte_array_set_size (self->picture, (guint) end);
  hand_over (self, func, user_data);

  /* The delimiter is a line again; its begin may have come earlier. */
  self->part = PART_PREAMBLE;
  if (behind > size)
    {
      g_string_append_len (self->line, self->delimiter, (gssize) (behind - size));
      return 0;
    }
  return size - behind;
}

static gsize
take (IcamHttpBody        *self,
      const guint8        *data,
      gsize                size,
      IcamHttpPictureFunc  func,
      gpointer             user_data)
{
  gsize used;

  switch (self->part)
    {
    case PART_COUNTED:
      used = self->left >= 0 ? MIN (size, (gsize) self->left) : size;
      g_byte_array_append (self->picture, data, (guint) used);
      if (self->left >= 0)
        self->left -= (gint64) used;
      if (self->left == 0)
        {
          hand_over (self, func, user_data);
          if (self->delimiter == NULL)
            self->over = TRUE;
          else
            self->part = PART_PREAMBLE;
        }
      self->bad |= self->picture->len > ICAM_HTTP_MAX_PICTURE;
      return used;

    case PART_SCANNED:
      return scan (self, data, size, func, user_data);

    case PART_PREAMBLE:
    case PART_HEAD:
    default:
      return take_text (self, data, size);
    }
}

static gsize
take_all (IcamHttpBody        *self,
          const guint8        *data,
          gsize                size,
          IcamHttpPictureFunc  func,
          gpointer             user_data)
{
  gsize used = 0;

  while (used < size && !self->over && !self->bad)
    used += take (self, data + used, size - used, func, user_data);
  return used;
}

/* The line that says how long a chunk is. */
static gsize
take_chunk_line (IcamHttpBody        *self,
                 const guint8        *data,
                 gsize                size,
                 IcamHttpPictureFunc  func,
                 gpointer             user_data)
{
  const guint8 *end = memchr (data, '\n', size);
  gsize used = end != NULL ? (gsize) (end - data) + 1 : size;

  for (gsize i = 0; i < used; i++)
    if (self->chunk_line_size < sizeof self->chunk_line - 1)
      self->chunk_line[self->chunk_line_size++] = (char) data[i];
  if (end == NULL)
    return used;

  self->chunk_line[self->chunk_line_size] = '\0';
  self->chunk_line_size = 0;
  if (self->chunk == CHUNK_SIZE)
    {
      char *rest;

      self->chunk_left = g_ascii_strtoull (self->chunk_line, &rest, 16);
      self->bad |= !g_ascii_isxdigit (self->chunk_line[0]) || (*rest != '\r' && *rest != '\n' && *rest != ';' && *rest != ' ')
                   || self->chunk_left > ICAM_HTTP_MAX_PICTURE;
      self->chunk = self->chunk_left > 0 ? CHUNK_DATA : CHUNK_TRAILER;
    }
  else if (self->chunk == CHUNK_END)
    self->chunk = CHUNK_SIZE;
  else if (self->chunk_line[0] == '\r' || self->chunk_line[0] == '\n')
    icam_http_body_end (self, func, user_data);
  return used;
}

/**
 * icam_http_body_push:
 * @self: a body
 * @data: bytes in the order of their arrival
 * @size: in bytes
 * @func: (scope call): called for each whole picture
 * @user_data: for @func
 *
 * Returns: how many bytes belong to this body; all unless it is over or bad
 */
gsize
icam_http_body_push (IcamHttpBody        *self,
                     const guint8        *data,
                     gsize                size,
                     IcamHttpPictureFunc  func,
                     gpointer             user_data)
{
  gsize used = 0;

  if (self->chunk == CHUNK_NONE)
    return take_all (self, data, size, func, user_data);

  while (used < size && !self->bad)
    {
      if (self->chunk == CHUNK_DATA)
        {
          gsize piece = MIN (size - used, self->chunk_left);

          /* What is behind the last delimiter says nothing. */
          take_all (self, data + used, piece, func, user_data);
          self->chunk_left -= piece;
          used += piece;
          if (self->chunk_left == 0)
            self->chunk = CHUNK_END;
        }
      else if (self->over)
        break;
      else
        used += take_chunk_line (self, data + used, size - used, func, user_data);
    }
  return used;
}

/**
 * icam_http_body_end:
 * @self: a body
 * @func: (scope call): called for the picture that ends with it
 * @user_data: for @func
 *
 * The connection was closed, or the last chunk came: what has no length ends here.
 */
void
icam_http_body_end (IcamHttpBody        *self,
                    IcamHttpPictureFunc  func,
                    gpointer             user_data)
{
  if (!self->over && !self->bad && self->part == PART_COUNTED && self->left < 0 && self->picture->len > 0)
    hand_over (self, func, user_data);
  self->over = TRUE;
}

/**
 * icam_http_body_get_missing:
 * @self: a body
 *
 * Returns: how many bytes may be read so that the last of them is not behind the end of the picture, as far as that is known; 0: any
 */
gsize
icam_http_body_get_missing (IcamHttpBody *self)
{
  gsize missing = HEAD_READ;

  if (self->part == PART_SCANNED || (self->part == PART_COUNTED && self->left < 0))
    return self->chunk == CHUNK_DATA ? (gsize) self->chunk_left : self->chunk == CHUNK_NONE ? 0 : HEAD_READ;
  if (self->part == PART_COUNTED)
    missing = (gsize) self->left;
  if (self->chunk == CHUNK_DATA)
    missing = MIN (missing, (gsize) self->chunk_left);
  else if (self->chunk != CHUNK_NONE)
    missing = MIN (missing, HEAD_READ);
  return missing;
}

/**
 * icam_http_body_is_over:
 * @self: a body
 *
 * Returns: whether what comes now belongs to something else
 */
gboolean
icam_http_body_is_over (IcamHttpBody *self)
{
  return self->over && self->chunk != CHUNK_DATA;
}

/**
 * icam_http_body_is_bad:
 * @self: a body
 *
 * Returns: whether it broke a rule or a bound: nothing more is found in it
 */
gboolean
icam_http_body_is_bad (IcamHttpBody *self)
{
  return self->bad;
}
