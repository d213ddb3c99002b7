//go:build linux && cgo

#include <string.h>
#include <stdlib.h>
#include <libfprint-2/fprint.h>
#include "libfprint.h"

/* NBIS's own structure, behind libfprint's opaque FpMinutia: only the place has
   an accessor (libfprint 1.90 to 1.94, nbis/include/lfs.h). The place is checked
   against the accessor below, so that another layout is noticed. */
struct fp_minutia {
	int x, y, ex, ey;
	int direction;
	double reliability;
	int type;
	int appearing;
	int feature_id;
	int *nbrs;
	int *ridge_counts;
	int num_nbrs;
};

struct waiting {
	gboolean done, ok;
	GError *error;
};

static void detected(GObject *source, GAsyncResult *result, gpointer data)
{
	struct waiting *w = data;

	w->ok = fp_image_detect_minutiae_finish(FP_IMAGE(source), result, &w->error);
	w->done = TRUE;
}

static int fail(char **message, const char *why)
{
	*message = strdup(why);
	return -1;
}

static int copy_minutiae(GPtrArray *list, struct countersign_minutia *found, int most, char **message)
{
	int n = 0;

	for (guint i = 0; list != NULL && i < list->len && n < most; i++) {
		struct fp_minutia *m = g_ptr_array_index(list, i);
		gint x, y;

		fp_minutia_get_coords(m, &x, &y);
		if (x != m->x || y != m->y || m->direction < 0 || m->direction > 31 ||
		    m->type < 0 || m->type > 1 || !(m->reliability >= 0 && m->reliability <= 1))
			return fail(message, "this libfprint lays out minutiae in another way");
		found[n].x = x;
		found[n].y = y;
		found[n].direction = m->direction;
		found[n].kind = m->type;
		found[n].reliability = m->reliability;
		n++;
	}
	return n;
}

int countersign_minutiae(const unsigned char *pixels, int width, int height,
			 struct countersign_minutia *found, int most, char **message)
{
	/* A context of our own: the answer must not wait for, or run in, the
	   main loop of whatever else in this process uses GLib. */
	GMainContext *context = g_main_context_new();
	FpImage *image = fp_image_new(width, height);
	struct waiting w = { FALSE, FALSE, NULL };
	gsize length = 0;
	guchar *buffer = (guchar *)fp_image_get_data(image, &length);
	int n;

	if (buffer == NULL || length != (gsize)width * (gsize)height) {
		n = fail(message, "libfprint gave no room for the picture");
	} else {
		memcpy(buffer, pixels, length);
		g_main_context_push_thread_default(context);
		fp_image_detect_minutiae(image, NULL, detected, &w);
		while (!w.done)
			g_main_context_iteration(context, TRUE);
		g_main_context_pop_thread_default(context);
		if (w.ok)
			n = copy_minutiae(fp_image_get_minutiae(image), found, most, message);
		else
			n = fail(message, w.error ? w.error->message : "unknown");
		g_clear_error(&w.error);
		buffer = (guchar *)fp_image_get_data(image, &length);
		if (buffer != NULL)
			memset(buffer, 0, length);
	}
	g_object_unref(image);
	g_main_context_unref(context);
	return n;
}
