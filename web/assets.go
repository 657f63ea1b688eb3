package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"mime"
	"path"
	"regexp"
	"strings"
	"sync"
)

// What pages ask for beside themselves: our own style and scripts, and what the
// assets folder made of pinned packages.
//
//go:embed static/* dist/*
var files embed.FS

// Asset is a file that pages ask for. Its name holds a hash of its content, so
// that it may be kept for ever and a new one is never mistaken for it.
type Asset struct {
	Name  string // app-3f9c2a1b40.css
	Type  string
	Bytes []byte
}

// AssetsAt is the folder that pages ask for assets in.
const AssetsAt = "/assets/"

// Assets are all that pages may ask for, by name.
func Assets() map[string]Asset { return assets().byName }

type assetList struct {
	byName map[string]Asset
	hashed map[string]string // app.css → app-3f9c2a1b40.css
}

// assetOrder lists the assets so that each comes after what it names.
var assetOrder = []string{
	"dist/inter-latin.woff2", "dist/inter-latin-ext.woff2", "dist/serif-latin.woff2", "dist/serif-latin-ext.woff2",
	"static/icon.svg", "dist/LICENSES.txt", "dist/htmx.js", "static/app.css", "static/theme.js", "static/app.js", "static/whatif.js", "static/proof.js", "static/sign-in.js", "static/map.js",
}

var named = regexp.MustCompile(`(?:\./)?([a-z-]+\.(?:woff2|svg|js|css))\b`)

// assets reads the embedded files and gives each its name. A style or script
// that names another gets the hashed name.
var assets = sync.OnceValue(func() assetList {
	list := assetList{map[string]Asset{}, map[string]string{}}
	for _, file := range assetOrder {
		data := mustRead(file)
		base, ext := path.Base(file), path.Ext(file)
		if strings.HasPrefix(file, "static/") && ext != ".svg" {
			data = named.ReplaceAllFunc(data, func(name []byte) []byte {
				if hashed, ok := list.hashed[strings.TrimPrefix(string(name), "./")]; ok {
					return []byte("./" + hashed)
				}
				return name
			})
		}
		sum := sha256.Sum256(data)
		name := strings.TrimSuffix(base, ext) + "-" + hex.EncodeToString(sum[:5]) + ext
		list.hashed[base] = name
		list.byName[name] = Asset{name, typeOf(ext), data}
	}
	return list
})

func typeOf(ext string) string {
	if ext == ".woff2" {
		return "font/woff2"
	}
	return mime.TypeByExtension(ext)
}

// asset is the address of a file.
func asset(name string) string {
	hashed, ok := assets().hashed[name]
	if !ok {
		panic("web: there is no asset " + name)
	}
	return AssetsAt + hashed
}

func mustRead(file string) []byte {
	data, err := fs.ReadFile(files, file)
	if err != nil {
		panic("web: " + err.Error())
	}
	return data
}

// readJSON reads an embedded file of figures.
func readJSON[T any](file string) T {
	var v T
	if err := json.Unmarshal(mustRead(file), &v); err != nil {
		panic("web: " + file + ": " + err.Error())
	}
	return v
}
