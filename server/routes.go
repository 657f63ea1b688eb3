package server

import (
	"net/http"
	"strings"
)

// Route is a pattern that somebody else answers.
type Route struct {
	Pattern string
	Handler http.Handler
}

// route is a pattern and who answers it.
type route struct {
	pattern string
	handler http.Handler
}

// routes are all addresses that are answered, in reading order.
func (s *Server) routes() []route {
	var rs []route
	for _, l := range looks() {
		rs = append(rs, s.screenRoutes(l)...)
	}
	rs = append(rs, s.peopleRoutes()...)
	return append(rs,
		route{"GET /assets/{name}", http.HandlerFunc(assets)},
		route{"GET /brief.pdf", http.HandlerFunc(s.briefPDF)},
		route{"POST " + proposalsPath + "/{id}/reviews", http.HandlerFunc(s.review)},
		route{"POST " + proposalsPath + "/{id}/withdrawal", s.act((*asking).withdraw)},
		route{"POST " + findingsPath + "/{id}", s.act((*asking).decide)},
		route{"POST " + findingsPath + "/{id}/proposals", s.act((*asking).putToNations)},
		route{"POST " + scenariosPath, s.act((*asking).keepScenario)},
		route{"POST " + scenariosPath + "/{id}/proposals", s.act((*asking).promote)},
		route{"POST " + importPath, s.act((*asking).upload)},
		route{"POST " + importPath + "/{id}", s.act((*asking).send)},
		route{"GET " + comparePath + "/stream", http.HandlerFunc(s.compareStream)},
		route{"GET /what-if/stream", http.HandlerFunc(s.changeStream)},
		route{"GET " + rankingPath, http.HandlerFunc(s.rankingStream)},
		route{"GET /events", http.HandlerFunc(s.events)},
		route{"GET /healthz", http.HandlerFunc(s.healthy)},
		route{"GET /readyz", http.HandlerFunc(s.ready)},
		route{"/", http.HandlerFunc(s.nothing)},
	)
}

// screenRoutes are the addresses of one screen: as a page, as JSON and as CSV.
// Where the path ends in a name, the form is cut off that name.
func (s *Server) screenRoutes(l look) []route {
	if strings.HasSuffix(l.path, "}") {
		return []route{{"GET " + l.path, s.show(l)}}
	}
	base := l.path
	if base == "/" {
		base = "/index"
	}
	exact := l.path
	if exact == "/" {
		exact = "/{$}"
	}
	return []route{{"GET " + exact, s.show(l)}, {"GET " + base + ".json", s.show(l)}, {"GET " + base + ".csv", s.show(l)}}
}

// middleware is what every request passes through: the last of the list first.
func (s *Server) middleware() []func(http.Handler) http.Handler {
	return []func(http.Handler) http.Handler{
		s.limited,
		http.NewCrossOriginProtection().Handler,
		guarded,
		s.observed,
	}
}
