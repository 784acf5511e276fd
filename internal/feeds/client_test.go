package feeds

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// clientsElsewhere are the packages that may build an HTTP client of their
// own: they speak to one address that the operator gave, never to a feed's.
var clientsElsewhere = []string{
	"internal/feeds/client.go",
	"internal/notify/slack",
	"internal/daemon/socket.go", // the commands' way to the running service
}

// NewClient is the one way out to a feed: nothing else in the tree may build
// an HTTP client or use the default one, since it would pass by the guard.
func TestNothingElseBuildsAnOutboundClient(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Skip("not in the source tree")
	}
	files, found := 0, 0
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // a file that came or went
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "fakeslack") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		rel, _ := filepath.Rel(root, path)
		rel = filepath.ToSlash(rel)
		uses := outbound(t, path)
		files++
		if rel == "internal/feeds/client.go" {
			found = len(uses)
		}
		allowed := slices.ContainsFunc(clientsElsewhere, func(p string) bool { return rel == p || strings.HasPrefix(rel, p+"/") })
		if len(uses) > 0 && !allowed {
			t.Errorf("%s uses %s; ask feeds through feeds.NewClient", rel, strings.Join(uses, ", "))
		}
		return nil
	})
	if err != nil || files < 10 || found == 0 {
		t.Errorf("walked %d files, %d uses in client.go: %v", files, found, err)
	}
}

// outbound lists the ways out of the house that a file uses.
func outbound(t *testing.T, path string) []string {
	f, err := goparser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Logf("%s: %v", path, err)
		return nil
	}
	names := map[string]bool{}
	for _, im := range f.Imports {
		if im.Path.Value == `"net/http"` {
			names["http"] = true
			if im.Name != nil {
				names[im.Name.Name] = true
			}
		}
	}
	ways := []string{"Client", "DefaultClient", "DefaultTransport", "Transport", "Get", "Head", "Post", "PostForm"}
	var uses []string
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Obj == nil && names[x.Name] && slices.Contains(ways, s.Sel.Name) {
				uses = append(uses, x.Name+"."+s.Sel.Name)
			}
		}
		return true
	})
	return uses
}
