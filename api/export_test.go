package api

import (
	"context"
	"testing"

	"entente/desk"
)

// PutHook puts a hook on a desk, as a request would.
func PutHook(t *testing.T, store desk.Store, url string) (secret string) {
	t.Helper()
	h := hook{ID: "hook", Owner: "Kari", URL: url, Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Told: 7}
	if err := store.Put(context.Background(), h.change(0)); err != nil {
		t.Fatal(err)
	}
	return h.Secret
}
