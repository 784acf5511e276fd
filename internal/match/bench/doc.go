// Package bench compares the automaton of package match with the best general
// library for Go on the same text and phrases, in one run. It is a module of
// its own, so that the product does not depend on what it is compared with.
package bench
