import { Component, type ReactNode } from 'react';
import { say } from '../locales/say';
import { Button } from '../ui/button';
import { EmptyState } from '../ui/empty-state';

/** A bug in drawing must not leave an empty window: it says so and offers the way back. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { readonly failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <EmptyState title={say.crash.title} actions={<Button onClick={() => window.location.reload()}>{say.crash.reload}</Button>}>
        {say.crash.text}
      </EmptyState>
    );
  }
}
