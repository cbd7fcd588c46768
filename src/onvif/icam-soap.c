/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-soap-private.h"

#include <gio/gio.h>
#include <libxml/parser.h>
#include <math.h>
#include <string.h>

#include "base/icam-text.h"

/* The longest text that is taken out of an answer: an URI has at most 256 bytes by ONVIF, some have
 * more. */
#define MAX_TEXT 2048

struct _IcamSoap
{
  xmlDoc *doc;
  xmlNode *body;
  xmlNode *fault;   /* NULL: none */
  char *fault_code; /* the innermost, without its prefix */
  char *reason;
};

static gboolean
is_in (xmlNode *node, const char *space)
{
  return node->ns != NULL && node->ns->href != NULL
         && strcmp ((const char *) node->ns->href, space) == 0;
}

static gboolean
is_named (xmlNode *node, const char *name)
{
  return node->type == XML_ELEMENT_NODE && strcmp ((const char *) node->name, name) == 0;
}

static gboolean
is_soap (xmlNode *node)
{
  return is_in (node, ICAM_NS_SOAP12) || is_in (node, ICAM_NS_SOAP11);
}

static xmlNode *
soap_child (xmlNode *parent, const char *name)
{
  for (xmlNode *node = parent != NULL ? parent->children : NULL; node != NULL; node = node->next)
    if (is_named (node, name) && is_soap (node))
      return node;

  return NULL;
}

/* SOAP knows no document type (SOAP 1.2 part 1, section 5), and everything that is dangerous in XML
 * begins with one. */
static void
refuse_document_type (void          *context,
                      const xmlChar *name,
                      const xmlChar *external,
                      const xmlChar *system)
{
  xmlStopParser (context);
}

/* libxml2 would print errors of its own; an answer is never logged. */
static void
be_silent (void *context, xmlError *error)
{
}

/* Devices write names in the character set of their maker and call it UTF-8; others pad the answer
 * with NULs. What cannot be read is replaced, the rest is kept. A document that declares another
 * encoding is left to libxml2. */
static char *
make_readable (const char *data, gsize size, gsize *readable_size)
{
  g_autofree char *head = g_strndup (data, MIN (size, 200));
  g_autofree char *lower = g_ascii_strdown (head, -1);
  const char *encoding = strstr (lower, "encoding");
  const char *declaration_end = strstr (lower, "?>");
  char *text;

  if (encoding != NULL && declaration_end != NULL && encoding < declaration_end
      && strncmp (lower, "<?xml", 5) == 0 && g_strstr_len (encoding, 20, "utf-8") == NULL
      && g_strstr_len (encoding, 20, "utf8") == NULL
      && g_strstr_len (encoding, 20, "us-ascii") == NULL)
    {
      *readable_size = size;
      return g_memdup2 (data, size);
    }

  text = g_utf8_validate_len (data, size, NULL) ? g_strndup (data, size) : NULL;
  if (text == NULL)
    {
      /* g_utf8_make_valid() takes a NUL for wrong as well. */
      text = g_utf8_make_valid (data, (gssize) size);
    }

  for (char *p = text; *p != '\0'; p++)
    if ((guchar) *p < 0x20 && *p != '\t' && *p != '\n' && *p != '\r')
      *p = ' ';

  *readable_size = strlen (text);
  return text;
}

static gboolean
is_shallow (xmlNode *root)
{
  int depth = 1;

  /* Not by recursion: the depth is what is in doubt. */
  for (xmlNode *node = root; node != NULL;)
    {
      if (depth > ICAM_SOAP_MAX_DEPTH)
        return FALSE;
      if (node->type == XML_ELEMENT_NODE && node->children != NULL)
        {
          node = node->children;
          depth++;
          continue;
        }
      while (node != root && node->next == NULL)
        {
          node = node->parent;
          depth--;
        }
      if (node == root)
        break;
      node = node->next;
    }

  return TRUE;
}

static char *
without_prefix (char *qname)
{
  char *colon = qname != NULL ? strrchr (qname, ':') : NULL;

  if (colon != NULL)
    memmove (qname, colon + 1, strlen (colon));
  return qname;
}

static char *
dup_content (xmlNode *node)
{
  xmlChar *content = node != NULL ? xmlNodeGetContent (node) : NULL;
  char *text;

  if (content == NULL)
    return NULL;

  text = strlen ((const char *) content) <= MAX_TEXT
           ? g_strstrip (g_strdup ((const char *) content))
           : NULL;
  xmlFree (content);
  if (text != NULL && *text == '\0')
    g_clear_pointer (&text, g_free);
  return text;
}

static void
read_fault (IcamSoap *self)
{
  xmlNode *code = soap_child (self->fault, "Code");
  xmlNode *reason = soap_child (soap_child (self->fault, "Reason"), "Text");
  xmlNode *node;
  g_autofree char *reason_text = NULL;

  if (code != NULL)
    {
      /* The innermost subcode says most. */
      for (int i = 0; i < 8 && (node = soap_child (code, "Subcode")) != NULL; i++)
        code = node;
      self->fault_code = without_prefix (dup_content (soap_child (code, "Value")));
    }
  else
    {
      /* SOAP 1.1: in no namespace. */
      for (node = self->fault->children; node != NULL; node = node->next)
        {
          if (is_named (node, "faultcode"))
            self->fault_code = without_prefix (dup_content (node));
          else if (is_named (node, "faultstring"))
            reason = node;
        }
    }

  if (self->fault_code == NULL)
    self->fault_code = g_strdup ("Fault");
  reason_text = dup_content (reason);
  self->reason = icam_text_clean (reason_text, -1);
}

/**
 * icam_soap_parse:
 * @data: an answer, from anybody
 * @size: its size in bytes
 * @error: return location, G_IO_ERROR_INVALID_DATA
 *
 * Reads a SOAP envelope, 1.2 or 1.1. No entities, no document type, no network, at most
 * ICAM_SOAP_MAX_SIZE bytes and ICAM_SOAP_MAX_DEPTH levels.
 *
 * Returns: (transfer full) (nullable): the envelope
 */
IcamSoap *
icam_soap_parse (const char *data, gsize size, GError **error)
{
  g_autoptr (IcamSoap) self = g_new0 (IcamSoap, 1);
  g_autofree char *text = NULL;
  xmlParserCtxt *context;
  xmlNode *root;
  gsize text_size;

  while (size > 0 && (g_ascii_isspace (*data) || *data == '\0'))
    {
      data++;
      size--;
    }
  while (size > 0 && (g_ascii_isspace (data[size - 1]) || data[size - 1] == '\0'))
    size--;

  if (size == 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "an empty answer");
      return NULL;
    }
  if (size > ICAM_SOAP_MAX_SIZE)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the answer is too large");
      return NULL;
    }

  text = make_readable (data, size, &text_size);
  context = xmlNewParserCtxt ();
  if (context == NULL)
    g_error ("Out of memory");
  context->sax->internalSubset = refuse_document_type;
  context->sax->serror = be_silent;
  self->doc = xmlCtxtReadMemory (context, text, (int) text_size, NULL, NULL,
                                 XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING
                                   | XML_PARSE_NOCDATA | XML_PARSE_COMPACT);
  xmlFreeParserCtxt (context);

  root = self->doc != NULL ? xmlDocGetRootElement (self->doc) : NULL;
  if (root == NULL || self->doc->intSubset != NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the answer is not XML");
      return NULL;
    }
  if (!is_shallow (root))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                           "the answer is nested too deeply");
      return NULL;
    }

  self->body = is_named (root, "Envelope") && is_soap (root) ? soap_child (root, "Body") : NULL;
  if (self->body == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the answer is not SOAP");
      return NULL;
    }

  self->fault = soap_child (self->body, "Fault");
  if (self->fault != NULL)
    read_fault (self);

  return g_steal_pointer (&self);
}

/**
 * icam_soap_free:
 * @self: an envelope
 */
void
icam_soap_free (IcamSoap *self)
{
  if (self->doc != NULL)
    xmlFreeDoc (self->doc);
  g_free (self->fault_code);
  g_free (self->reason);
  g_free (self);
}

/**
 * icam_soap_is_fault:
 * @self: an envelope
 *
 * Returns: whether it is a fault
 */
gboolean
icam_soap_is_fault (IcamSoap *self)
{
  return self->fault != NULL;
}

/**
 * icam_soap_get_fault:
 * @self: an envelope
 *
 * Returns: (transfer none) (nullable): the innermost code of the fault without its prefix, for
 * example "NotAuthorized"
 */
const char *
icam_soap_get_fault (IcamSoap *self)
{
  return self->fault_code;
}

/**
 * icam_soap_get_reason:
 * @self: an envelope
 *
 * Returns: (transfer none) (nullable): what the fault says to people, cleaned
 */
const char *
icam_soap_get_reason (IcamSoap *self)
{
  return self->reason;
}

/**
 * icam_soap_is_refusal:
 * @self: an envelope
 *
 * Returns: whether it is a fault that means: not without a (right) password. ter:NotAuthorized by
 * the ONVIF core specification, section 5.11.2.2; the others by WS-Security, section 12
 */
gboolean
icam_soap_is_refusal (IcamSoap *self)
{
  static const char *const codes[] = {
    "NotAuthorized",        "FailedAuthentication",     "FailedCheck",  "InvalidSecurity",
    "InvalidSecurityToken", "SecurityTokenUnavailable", "Unauthorized", "SenderNotAuthorized",
  };

  for (guint i = 0; self->fault_code != NULL && i < G_N_ELEMENTS (codes); i++)
    if (g_ascii_strcasecmp (self->fault_code, codes[i]) == 0)
      return TRUE;

  return FALSE;
}

/**
 * icam_soap_is_must_understand:
 * @self: an envelope
 *
 * Returns: whether it is a fault that says that our header was not understood
 */
gboolean
icam_soap_is_must_understand (IcamSoap *self)
{
  return g_strcmp0 (self->fault_code, "MustUnderstand") == 0;
}

/**
 * icam_soap_get_answer:
 * @self: an envelope
 * @space: the namespace that the answer must have
 * @name: the answer's name, "GetProfilesResponse"
 *
 * Returns: (transfer none) (nullable): the answer, if it is this one
 */
xmlNode *
icam_soap_get_answer (IcamSoap *self, const char *space, const char *name)
{
  for (xmlNode *node = self->body->children; node != NULL; node = node->next)
    if (is_named (node, name) && is_in (node, space))
      return node;

  return NULL;
}

/* Makers mix up the namespaces of the specification among each other, and those of the ones that it
 * builds on (WS-Notification, WS-Addressing); an element of somebody else's is never taken for one
 * of it. */
static gboolean
is_onvif (xmlNode *node, const char *name, gsize length)
{
  static const char *const spaces[] = {
    "http://www.onvif.org/ver",
    "http://docs.oasis-open.org/wsn/",
    ICAM_NS_WSA,
    "http://schemas.xmlsoap.org/ws/2004/08/addressing",
  };

  if (node->type != XML_ELEMENT_NODE || strncmp ((const char *) node->name, name, length) != 0
      || node->name[length] != '\0' || node->ns == NULL || node->ns->href == NULL)
    return FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (spaces); i++)
    if (g_str_has_prefix ((const char *) node->ns->href, spaces[i]))
      return TRUE;
  return FALSE;
}

/**
 * icam_soap_get_any_answer:
 * @self: an envelope
 * @name: the answer's name, "RenewResponse"
 *
 * For answers whose namespace devices confuse.
 *
 * Returns: (transfer none) (nullable): the answer, if it is this one
 */
xmlNode *
icam_soap_get_any_answer (IcamSoap *self, const char *name)
{
  return icam_soap_child (self->body, name);
}

/**
 * icam_soap_child:
 * @parent: (nullable): an element
 * @path: names of elements with slashes between them, each in one of ONVIF's namespaces
 *
 * Returns: (transfer none) (nullable): the first that is there
 */
xmlNode *
icam_soap_child (xmlNode *parent, const char *path)
{
  while (parent != NULL && *path != '\0')
    {
      gsize length = strcspn (path, "/");
      xmlNode *node = parent->children;

      while (node != NULL && !is_onvif (node, path, length))
        node = node->next;
      parent = node;
      path += length;
      if (*path == '/')
        path++;
    }

  return parent;
}

/**
 * icam_soap_next:
 * @node: an element
 *
 * Returns: (transfer none) (nullable): the next one of the same name beside it
 */
xmlNode *
icam_soap_next (xmlNode *node)
{
  const char *name = (const char *) node->name;

  for (node = node->next; node != NULL; node = node->next)
    if (is_onvif (node, name, strlen (name)))
      return node;

  return NULL;
}

/**
 * icam_soap_dup_text:
 * @parent: (nullable): an element
 * @path: path of an element below it, "" for itself
 *
 * Returns: (transfer full) (nullable): its text without the white space around it; %NULL if there
 * is none or it is longer than any that is allowed
 */
char *
icam_soap_dup_text (xmlNode *parent, const char *path)
{
  return dup_content (icam_soap_child (parent, path));
}

/**
 * icam_soap_dup_clean:
 * @parent: (nullable): an element
 * @path: path of an element below it
 *
 * Returns: (transfer full) (nullable): its text as it may be shown to people
 */
char *
icam_soap_dup_clean (xmlNode *parent, const char *path)
{
  g_autofree char *text = icam_soap_dup_text (parent, path);

  return icam_text_clean (text, -1);
}

/**
 * icam_soap_dup_attribute:
 * @node: (nullable): an element
 * @name: an attribute in no namespace
 *
 * Returns: (transfer full) (nullable): its value, not changed: tokens are compared byte by byte
 */
char *
icam_soap_dup_attribute (xmlNode *node, const char *name)
{
  xmlChar *value = node != NULL ? xmlGetNoNsProp (node, (const xmlChar *) name) : NULL;
  char *text = NULL;

  if (value != NULL && *value != '\0' && strlen ((const char *) value) <= MAX_TEXT)
    text = g_strdup ((const char *) value);
  xmlFree (value);
  return text;
}

/**
 * icam_soap_dup_xml:
 * @parent: (nullable): an element
 * @max_size: the most that is wanted, in bytes
 *
 * Writes the elements inside of it so that they can stand elsewhere: each with the namespaces that
 * it needs, and marked as what WS-Addressing calls a reference parameter (SOAP binding, section 4).
 *
 * Returns: (transfer full) (nullable): XML; %NULL if there is nothing or too much
 */
char *
icam_soap_dup_xml (xmlNode *parent, gsize max_size)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (xmlNode *node = parent != NULL ? parent->children : NULL; node != NULL; node = node->next)
    {
      xmlDoc *doc;
      xmlNode *copy;
      xmlNs *space;
      xmlBuffer *buffer;

      if (node->type != XML_ELEMENT_NODE)
        continue;

      doc = xmlNewDoc (BAD_CAST "1.0");
      /* Declares what was declared around it. */
      copy = xmlDocCopyNode (node, doc, 1);
      if (copy == NULL)
        g_error ("Out of memory");
      xmlDocSetRootElement (doc, copy);
      space = xmlSearchNsByHref (doc, copy, BAD_CAST ICAM_NS_WSA);
      if (space == NULL || space->prefix == NULL)
        space = xmlNewNs (copy, BAD_CAST ICAM_NS_WSA, BAD_CAST "icam-wsa");
      if (space != NULL)
        xmlSetNsProp (copy, space, BAD_CAST "IsReferenceParameter", BAD_CAST "true");
      buffer = xmlBufferCreate ();
      if (xmlNodeDump (buffer, doc, copy, 0, 0) > 0)
        g_string_append (text, (const char *) xmlBufferContent (buffer));
      xmlBufferFree (buffer);
      xmlFreeDoc (doc);
      if (text->len > max_size)
        return NULL;
    }

  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

/**
 * icam_soap_get_number:
 * @parent: (nullable): an element
 * @path: path of an element below it, or "@name" for an attribute of it
 * @min: the smallest that makes sense
 * @max: the largest that makes sense
 * @number: (out): the number; untouched when there is none
 *
 * Returns: whether a number between @min and @max stands there
 */
gboolean
icam_soap_get_number (xmlNode *parent, const char *path, double min, double max, double *number)
{
  g_autofree char *text
    = *path == '@' ? icam_soap_dup_attribute (parent, path + 1) : icam_soap_dup_text (parent, path);
  char *end;
  double value;

  if (text == NULL)
    return FALSE;

  g_strstrip (text);
  if (!g_ascii_isdigit (*text) && *text != '-' && *text != '+' && *text != '.')
    return FALSE;
  value = g_ascii_strtod (text, &end);
  if (end == text || *end != '\0' || !isfinite (value) || value < min || value > max)
    return FALSE;

  *number = value;
  return TRUE;
}

/**
 * icam_soap_get_int:
 * @parent: (nullable): an element
 * @path: path of an element below it, or "@name" for an attribute of it
 * @min: the smallest that makes sense
 * @max: the largest that makes sense
 * @number: (out): the number; untouched when there is none
 *
 * Returns: whether a whole number between @min and @max stands there; "30.00" is one
 */
gboolean
icam_soap_get_int (xmlNode *parent, const char *path, int min, int max, int *number)
{
  double value;

  if (!icam_soap_get_number (parent, path, min, max, &value) || value != floor (value))
    return FALSE;

  *number = (int) value;
  return TRUE;
}
