package ledger_test

import (
	"sync"
	"testing"

	"entente/ledger"
	"entente/ledger/ledgertest"
)

func TestMemory(t *testing.T) {
	var mu sync.Mutex
	stores := map[string]*ledgertest.Memory{}
	ledgertest.Run(t, func(_ testing.TB, folder string) ledger.Store {
		mu.Lock()
		defer mu.Unlock()
		if stores[folder] == nil {
			stores[folder] = &ledgertest.Memory{}
		}
		return stores[folder]
	})
}
