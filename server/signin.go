package server

import (
	"net/http"

	"entente/report"
	"entente/screen"
	"entente/web"
)

// SignIn are the pages on which people sign in at a register of that title. What
// they send goes to the routes of a gate.
func SignIn(title string, providers []report.Fact) []Route {
	page := func(join bool) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			voice := screen.VoiceFor(r.URL.Query().Get("lang"), r.Header.Get("Accept-Language"))
			body, err := web.SignIn{Voice: voice, Register: title, Join: join, Providers: providers}.Draw()
			if err != nil {
				http.Error(w, "the page cannot be drawn; try again", http.StatusInternalServerError)
				return
			}
			w.Header().Add("Vary", "Accept-Language")
			send(w, r, http.StatusOK, forms[""].kind, body)
		})
	}
	return []Route{{"GET /sign-in", page(false)}, {"GET /join", page(true)}}
}
