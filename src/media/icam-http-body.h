/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* JPEG pictures out of HTTP answers (RFC 9112, RFC 2046): multipart without end or one picture, with a length, in chunks, or up to the
 * end of the connection. Sans I/O. Copes with what cameras do: a boundary with or without its hyphens, parts without a length. Hostile
 * input: bounded. */

typedef struct
{
  guint status;
  char *type;       /* lower case, without parameters; NULL none */
  char *boundary;   /* of a multipart type */
  gint64 length;    /* -1 unknown */
  gboolean chunked, closes;
  char *location;
  GStrv challenges; /* WWW-Authenticate, one each */
} IcamHttpHead;

#define ICAM_HTTP_MAX_HEAD (16 * 1024)

gssize   icam_http_head_parse (IcamHttpHead *head,
                               const char   *text,
                               gsize         size);
void     icam_http_head_clear (IcamHttpHead *head);

typedef struct _IcamHttpBody IcamHttpBody;

/* @data is to be freed with g_free(). */
typedef void (*IcamHttpPictureFunc) (guint8   *data,
                                     gsize     size,
                                     gpointer  user_data);

/* Largest picture that is believed. */
#define ICAM_HTTP_MAX_PICTURE (8u * 1024 * 1024)

IcamHttpBody *icam_http_body_new         (const IcamHttpHead  *head);
void          icam_http_body_free        (IcamHttpBody        *self);
gsize         icam_http_body_push        (IcamHttpBody        *self,
                                          const guint8        *data,
                                          gsize                size,
                                          IcamHttpPictureFunc  func,
                                          gpointer             user_data);
void          icam_http_body_end         (IcamHttpBody        *self,
                                          IcamHttpPictureFunc  func,
                                          gpointer             user_data);
gsize         icam_http_body_get_missing (IcamHttpBody        *self);
gboolean      icam_http_body_is_over     (IcamHttpBody        *self);
gboolean      icam_http_body_is_bad      (IcamHttpBody        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamHttpBody, icam_http_body_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (IcamHttpHead, icam_http_head_clear)

G_END_DECLS
