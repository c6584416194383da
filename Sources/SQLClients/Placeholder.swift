enum SQLClientsPlaceholder {}
